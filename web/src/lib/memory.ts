/** What this browser remembers for its operator; nothing where it may not. */
export function recall(name: string): string | null {
    try {
        return localStorage.getItem(`record-syncd.${name}`);
    } catch {
        return null;
    }
}

export function remember(name: string, value: string): void {
    try {
        localStorage.setItem(`record-syncd.${name}`, value);
    } catch {
        // a private window: the choice lasts as long as the page
    }
}

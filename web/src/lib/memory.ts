/** What this browser remembers for its operator, for good or as long as its tab is there; nothing where it may not. */
type While = 'always' | 'tab';

export function recall(name: string, until: While = 'always'): string | null {
    try {
        return storage(until).getItem(`record-syncd.${name}`);
    } catch {
        return null;
    }
}

export function remember(name: string, value: string, until: While = 'always'): void {
    try {
        storage(until).setItem(`record-syncd.${name}`, value);
    } catch {
        // a private window: the choice lasts as long as the page
    }
}

function storage(until: While): Storage {
    return until === 'tab' ? sessionStorage : localStorage;
}

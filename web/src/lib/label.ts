const longest = 40;

/** What is typed as the label of a take, as it may be in a file's name: letters, digits, '_', '-' and '.', and a dash for a space. */
export function labelOf(typed: string): string {
    return typed
        .normalize('NFD')
        .replace(/\s+/g, '-')
        .replace(/[^A-Za-z0-9_.-]/g, '')
        .replace(/^[-.]+/, '')
        .slice(0, longest);
}

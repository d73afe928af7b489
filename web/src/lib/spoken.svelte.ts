/** What a screen reader is told: two live regions, which App renders. */
export const spoken = $state({ polite: '', assertive: '' });

export function say(text: string, how: 'polite' | 'assertive'): void {
    // the same words twice would be no change, and silent
    spoken[how] = spoken[how] === text ? `${text}\u00a0` : text;
}

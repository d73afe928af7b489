/**
 * Puts a text into the clipboard. A page that does not come over TLS, as that of a node on another machine, may not use the browser's own way: there the text is
 * selected in a field that nobody sees, and copied as by hand.
 */
export async function copy(text: string): Promise<boolean> {
    if (navigator.clipboard !== undefined) {
        try {
            await navigator.clipboard.writeText(text);
            return true;
        } catch {
            // not allowed here: as by hand
        }
    }
    const before = document.activeElement;
    const field = document.createElement('textarea');
    field.value = text;
    field.className = 'unseen';
    document.body.append(field);
    field.select();
    const copied = document.execCommand('copy');
    field.remove();
    if (before instanceof HTMLElement) before.focus();
    return copied;
}

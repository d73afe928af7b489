const begin = /(^|[:;,(] +|\(|\bor )(?:sudo |mkdir |chmod |echo |unset |record-syncd keygen )/g;

/** What follows a command in a sentence, and is none of it. */
const end = /; | \(|\)|: |, (?:then|or)\b| (?:shows|says|names|and, if)\b| If |\.$/;

/**
 * The commands in a remedy, ready to be typed: a remedy is a sentence for people, and what belongs into a shell may stand anywhere in it.
 * Those that have a gap to be filled in are none.
 */
export function commandsIn(remedy: string): string[] {
    const found: string[] = [];
    let from = 0;
    for (const match of remedy.matchAll(begin)) {
        const index = match.index + (match[1]?.length ?? 0);
        if (index < from) continue;
        const rest = remedy.slice(index);
        const command = rest.slice(0, end.exec(rest)?.index ?? rest.length).trim();
        from = index + command.length;
        if (!command.includes('…')) found.push(command);
    }
    return found;
}

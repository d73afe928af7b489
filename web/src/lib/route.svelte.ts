/** Where the page is: #/ is the group, #/takes/NAME one take. A hash, so that every address is answered by the one page. */
class Route {
    hash = $state(location.hash);

    constructor() {
        addEventListener('hashchange', () => (this.hash = location.hash));
    }

    get take(): string | null {
        const found = /^#\/takes\/(.+)$/.exec(this.hash);
        try {
            return found?.[1] === undefined ? null : decodeURIComponent(found[1]);
        } catch {
            return null;
        }
    }
}

export const route = new Route();
export const takeHref = (name: string) => `#/takes/${encodeURIComponent(name)}`;

/** Where the page is: #/ is the group, #/takes/NAME one take, #/doctor the doctor of this node, #/doctor/NODE that of another. A hash, so that every address is answered by the one page. */
class Route {
    hash = $state(location.hash);

    constructor() {
        addEventListener('hashchange', () => (this.hash = location.hash));
    }

    get take(): string | null {
        return this.#rest(/^#\/takes\/(.+)$/);
    }

    /** The node that is to be examined; empty: the one that serves this page. */
    get doctor(): string | null {
        return this.hash === '#/doctor' ? '' : this.#rest(/^#\/doctor\/(.+)$/);
    }

    #rest(pattern: RegExp): string | null {
        const found = pattern.exec(this.hash);
        try {
            return found?.[1] === undefined ? null : decodeURIComponent(found[1]);
        } catch {
            return null;
        }
    }
}

export const route = new Route();
export const takeHref = (name: string) => `#/takes/${encodeURIComponent(name)}`;
export const doctorHref = (node: string) => `#/doctor/${encodeURIComponent(node)}`;

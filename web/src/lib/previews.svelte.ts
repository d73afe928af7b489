import { remember, recall } from './memory';

/**
 * Which cameras are watched. A browser opens six connections to a node and no more; each live picture takes one for as long as it is shown, the
 * event stream another: with more than three, START would wait behind the pictures.
 */
class Previews {
    static readonly most = 3;

    #on = $state.raw<readonly string[]>(recall('previews')?.split(' ').filter((id) => id !== '').slice(0, Previews.most) ?? []);

    isOn(id: string): boolean {
        return this.#on.includes(id);
    }

    /** The one that was switched on first makes room. */
    toggle(id: string): void {
        this.#on = this.isOn(id) ? this.#on.filter((one) => one !== id) : [...this.#on, id].slice(-Previews.most);
        remember('previews', this.#on.join(' '));
    }
}

export const previews = new Previews();

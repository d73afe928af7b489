import { remember, recall } from './memory';

const themes = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

/** The system's choice of light or dark, or the operator's own. */
class Look {
    theme = $state<Theme>(themes.find((one) => one === recall('theme')) ?? 'auto');
    /** Grows when colours have changed: what is painted on a canvas must be painted again. */
    changed = $state(0);

    constructor() {
        this.#apply();
        matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.changed++);
    }

    next(): void {
        this.theme = themes[(themes.indexOf(this.theme) + 1) % themes.length] ?? 'auto';
        remember('theme', this.theme);
        this.#apply();
        this.changed++;
    }

    #apply(): void {
        document.documentElement.dataset['theme'] = this.theme;
    }
}

export const look = new Look();

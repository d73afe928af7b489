import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { Skew } from './api';
import { difference, offset } from './format';
import type { ClockColumns } from './history';

/** Lines are told apart by their dashes as well as by their colours. */
const dashes = [[], [8, 4], [2, 3], [10, 3, 2, 3], [5, 5], [14, 4], [2, 6], [8, 3, 2, 3, 2, 3]];
const hues = ['--plot-1', '--plot-2', '--plot-3', '--plot-4', '--plot-5', '--plot-6', '--plot-7', '--plot-8'];

/** A variable of the style sheet as a colour that a canvas understands. */
function colour(within: Element, name: string): string {
    const probe = document.createElement('span');
    probe.style.color = `var(${name})`;
    within.append(probe);
    const found = getComputedStyle(probe).color;
    probe.remove();
    return found;
}

function axes(within: HTMLElement, values: uPlot.Axis.Values, width: number): Partial<uPlot.Axis> {
    const soft = colour(within, '--soft');
    const line = colour(within, '--line');
    return { stroke: soft, font: `12px ${getComputedStyle(within).fontFamily}`, values, size: width, gap: 4, grid: { stroke: line, width: 1 }, ticks: { show: false } };
}

const nanos: uPlot.Axis.Values = (_, splits) => splits.map((split) => (split === 0 ? '0' : difference(split)));
const microseconds: uPlot.Axis.Values = (_, splits) => splits.map((split) => (split === 0 ? '0' : offset(split * 1e3)));

export interface Drawn<Data> {
    update(data: Data): void;
    resize(width: number): void;
    destroy(): void;
}

/** A clock's last two minutes: offset with its bound as a band, and the round trip. */
export function clockChart(within: HTMLElement, width: number, height: number): Drawn<ClockColumns> {
    const ink = colour(within, '--plot-1');
    const round = colour(within, '--plot-2');
    const band = colour(within, '--plot-band');
    const plot = new uPlot(
        {
            width,
            height,
            padding: [6, 4, 4, 0],
            legend: { show: false },
            cursor: { show: false },
            scales: { x: { time: false, range: [-120, 0] }, y: { range: { min: { pad: 0.1, soft: 0, mode: 2 }, max: { pad: 0.1, soft: 0, mode: 2 } } } },
            axes: [{ show: false }, { ...axes(within, nanos, 58), space: 22 }],
            series: [
                {},
                { stroke: 'transparent', points: { show: false } },
                { stroke: 'transparent', points: { show: false } },
                { stroke: ink, width: 1.5, points: { show: false } },
                { stroke: round, width: 1.5, dash: [5, 4], points: { show: false } },
            ],
            bands: [{ series: [2, 1], fill: band }],
        },
        [[], [], [], [], []],
        within,
    );
    return {
        update: ({ seconds, low, high, offset, delay }) => plot.setData([seconds, low, high, offset, delay]),
        resize: (width) => plot.setSize({ width, height }),
        destroy: () => plot.destroy(),
    };
}

function columns(skew: Skew): uPlot.AlignedData {
    const edge = (of: (...values: number[]) => number) =>
        skew.points.map((_, i) => {
            const there = skew.nodes.map((node) => node.residual_us[i]).filter((value): value is number => value !== null && value !== undefined);
            return there.length < 2 ? null : of(...there);
        });
    return [skew.points, edge(Math.min), edge(Math.max), skew.spread_us, ...skew.nodes.map((node) => node.residual_us)];
}

/** Where each camera's frame was captured against its grid point, over the take; the part that is looked at can be moved and made larger. */
export class SkewChart implements Drawn<Skew> {
    #plot: uPlot;
    #end = 0;
    readonly #height: number;

    constructor(within: HTMLElement, skew: Skew, width: number, height: number) {
        this.#height = height;
        const edge: uPlot.Series = { class: 'edge', stroke: 'transparent', points: { show: false } };
        // only to be read: what it would draw is the band between the edges
        const spread: uPlot.Series = { label: 'Apart', scale: 'spread', stroke: 'transparent', points: { show: false }, value: (_, value) => (value === null ? '–' : difference(value * 1e3)) };
        const cameras = skew.nodes.map((node, i): uPlot.Series => ({
            label: node.node,
            stroke: colour(within, hues[i % hues.length] ?? '--ink'),
            width: 2,
            dash: dashes[i % dashes.length] ?? [],
            points: { show: false },
            value: (_, value) => (value === null ? '–' : offset(value * 1e3)),
        }));
        this.#end = skew.points.at(-1) ?? 0;
        this.#plot = new uPlot(
            {
                width,
                height,
                padding: [10, 10, 0, 0],
                cursor: { drag: { x: true, y: false } },
                legend: { live: true },
                scales: { x: { time: false } },
                axes: [axes(within, (_, splits) => splits.map((split) => `${Number(split.toFixed(3))} s`), 30), axes(within, microseconds, 68)],
                series: [{ label: 'Into the take', value: (_, value) => (value === null ? '–' : `${value.toFixed(2)} s`) }, edge, edge, spread, ...cameras],
                bands: [{ series: [2, 1], fill: colour(within, '--plot-spread') }],
            },
            columns(skew),
            within,
        );
    }

    update(skew: Skew): void {
        this.#end = skew.points.at(-1) ?? 0;
        this.#plot.setData(columns(skew));
    }

    resize(width: number): void {
        this.#plot.setSize({ width, height: this.#height });
    }

    /** @param factor Of the time shown: below one shows less, and more of it. */
    zoom(factor: number): void {
        const [from, to] = this.#shown();
        this.#look((from + to) / 2, (to - from) * factor);
    }

    /** @param part Of the time shown. */
    move(part: number): void {
        const [from, to] = this.#shown();
        this.#look((from + to) / 2 + (to - from) * part, to - from);
    }

    all(): void {
        this.#plot.setScale('x', { min: 0, max: this.#end });
    }

    destroy(): void {
        this.#plot.destroy();
    }

    #shown(): [number, number] {
        return [this.#plot.scales['x']?.min ?? 0, this.#plot.scales['x']?.max ?? this.#end];
    }

    #look(middle: number, span: number): void {
        const width = Math.min(this.#end, Math.max(span, this.#end / 500));
        const from = Math.min(Math.max(0, middle - width / 2), this.#end - width);
        this.#plot.setScale('x', { min: from, max: from + width });
    }
}

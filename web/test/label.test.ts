import { expect, it } from 'vitest';
import { labelOf } from '../src/lib/label';

it.each([
    ['Scene 4, second try', 'Scene-4-second-try'],
    ['  jump3', 'jump3'],
    ['..-x_1.2', 'x_1.2'],
    ['Übung', 'Ubung'],
    ['日本', ''],
    ['a/b\\c:d', 'abcd'],
    ['x'.repeat(60), 'x'.repeat(40)],
])('makes of the label %s the word %s', (typed, label) => expect(labelOf(typed)).toBe(label));

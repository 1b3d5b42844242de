// SPDX-License-Identifier: GPL-3.0-or-later
// Languages: English is in the first load, others come when they are wanted.
import { signalOf } from './signal';
import { en } from './text/en';

export type Texts = typeof en;

const languages: Record<string, () => Promise<Texts>> = {
    en: async () => en,
    de: async () => (await import('./text/de')).de,
};
export const languageNames: Record<string, string> = { en: 'English', de: 'Deutsch' };

export const language = signalOf('en');
let texts: Texts = en;
let relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
let exact = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'medium' });
let numbers = new Intl.NumberFormat('en');
let plurals = new Intl.PluralRules('en');

export function t(): Texts {
    return texts;
}

/** Puts values in the place of {name}. */
export function fill(text: string, values: Record<string, string | number>): string {
    return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
        const value = values[name];
        return value === undefined ? whole : typeof value === 'number' ? numbers.format(value) : value;
    });
}

/** "one|other", as the language counts. */
export function count(text: string, n: number): string {
    const [one = '', other = one] = text.split('|');
    return fill(plurals.select(n) === 'one' ? one : other, { n });
}

export async function choose(tag: string): Promise<void> {
    const known = languages[tag] ? tag : 'en';
    texts = await (languages[known] ?? languages['en']!)();
    const locale = navigator.languages.find(one => one.startsWith(known)) ?? known;
    relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
    exact = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' });
    numbers = new Intl.NumberFormat(locale);
    plurals = new Intl.PluralRules(locale);
    document.documentElement.lang = known;
    document.documentElement.dir = 'ltr';
    language.set(known);
}

export function remember(tag: string): void {
    try {
        localStorage.setItem('language', tag);
    } catch {
        // Without storage the browser's own language comes back at the next visit.
    }
}

export function preferred(): string {
    try {
        const kept = localStorage.getItem('language');
        if (kept && languages[kept])
            return kept;
    } catch {
        // as above
    }
    return navigator.languages.map(tag => tag.slice(0, 2).toLowerCase()).find(tag => languages[tag]) ?? 'en';
}

/** "3 minutes ago"; seconds since 1970. */
export function ago(time_s: number, now_ms = Date.now()): string {
    const s = Math.round(time_s - now_ms / 1000);
    const size = Math.abs(s);
    if (size < 45)
        return relative.format(0, 'second');
    if (size < 2700)
        return relative.format(Math.round(s / 60), 'minute');
    if (size < 79200)
        return relative.format(Math.round(s / 3600), 'hour');
    if (size < 2592000)
        return relative.format(Math.round(s / 86400), 'day');
    return relative.format(Math.round(s / 2592000), 'month');
}

export function exactly(time_s: number): string {
    return exact.format(time_s * 1000);
}

/** "3 d 4 h", "12 min". */
export function lasting(seconds: number): string {
    const texts = t().time;
    const units: [number, string][] = [[86400, texts.d], [3600, texts.h], [60, texts.min], [1, texts.s]];
    const first = units.findIndex(([size]) => seconds >= size);
    if (first < 0)
        return `0 ${texts.s}`;
    const parts: string[] = [];
    let rest = seconds;
    for (const [size, unit] of units.slice(first, first + 2)) {
        const n = Math.floor(rest / size);
        rest -= n * size;
        if (n)
            parts.push(`${numbers.format(n)} ${unit}`);
    }
    return parts.join(' ');
}

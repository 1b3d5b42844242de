// SPDX-License-Identifier: GPL-3.0-or-later
// The path decides which page is shown; paths.json has them, also for the service.
import paths from '../paths.json';
import { signalOf } from './signal';

export type PageName = 'first' | 'login' | 'signup' | 'forgot' | 'confirm' | 'reset' | 'address' | 'hosts' | 'host' | 'account' | 'missing';

export interface Place {
    page: PageName;
    /** The last piece, decoded, where the path has one. */
    rest: string;
    query: URLSearchParams;
    hash: string;
}

function read(): Place {
    const path = location.pathname.replace(/(.)\/+$/, '$1');
    const base = { rest: '', query: new URLSearchParams(location.search), hash: location.hash.slice(1) };
    const table: Record<string, string> = paths;
    if (table[path])
        return { ...base, page: table[path] as PageName };
    const cut = path.lastIndexOf('/') + 1;
    const within = table[path.slice(0, cut)];
    if (cut > 1 && within) {
        try {
            return { ...base, page: within as PageName, rest: decodeURIComponent(path.slice(cut)) };
        } catch {
            // no UTF-8: there is no such page
        }
    }
    return { ...base, page: 'missing' };
}

export const place = signalOf<Place>(read());

/** Asked before a page is left; false: stay. */
export function go(to: string, replace = false): void {
    if (replace)
        history.replaceState(null, '', to);
    else
        history.pushState(null, '', to);
    place.set(read());
    scrollTo(0, 0);
}

/** Changes the query alone, without a step in the history. */
export function note(query: Record<string, string>): void {
    const now = new URLSearchParams(location.search);
    for (const [name, value] of Object.entries(query))
        value ? now.set(name, value) : now.delete(name);
    const text = now.toString();
    history.replaceState(null, '', location.pathname + (text ? '?' + text : ''));
}

/** Links to pages of ours are followed without a load. */
export function start(): void {
    addEventListener('popstate', () => place.set(read()));
    addEventListener('hashchange', () => place.set(read()));
    document.addEventListener('click', event => {
        const link = (event.target as Element).closest?.('a');
        if (!link || link.origin !== location.origin || link.target || link.hasAttribute('download') ||
            event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey ||
            event.shiftKey || event.altKey || link.getAttribute('href')?.startsWith('#') ||
            link.pathname.startsWith('/api/') || link.pathname.startsWith('/assets/'))
            return;
        event.preventDefault();
        go(link.pathname + link.search + link.hash);
    });
}

// SPDX-License-Identifier: GPL-3.0-or-later
// What happens, as it happens: one stream, held only while somebody looks and something listens. A
// stream takes one of the six connections that a browser opens to a host.
import { own } from './api';
import type { Host } from './resources';

export interface Heard {
    number: number;
    time: number;
    host: string;
    result: string;
    why: string;
    source: string | null;
    dialect: string | null;
    encrypted: boolean;
    dry_run: boolean;
    taken: string[];
    from_source: boolean;
    ignored: string;
    agent: string;
}

export type Live =
    | { kind: 'host'; host: Host }
    | { kind: 'removed'; name: string }
    | { kind: 'heard' | 'failed'; request: Heard }
    | { kind: 'published'; seq: number }
    | { kind: 'reset' };

const AGAIN_MS = 5000;
const listeners = new Set<(event: Live) => void>();
let source: EventSource | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;
let missed = false;

function tell(event: Live): void {
    for (const fn of [...listeners])
        fn(event);
}

function take(kind: string, event: MessageEvent<string>): void {
    const data = JSON.parse(event.data || '{}');
    if (kind === 'host')
        tell(data.removed ? { kind: 'removed', name: data.name } : { kind: 'host', host: data });
    else if (kind === 'heard' || kind === 'failed')
        tell({ kind, request: data });
    else if (kind === 'published')
        tell({ kind, seq: data.seq });
    else
        tell({ kind: 'reset' });
}

function close(): void {
    clearTimeout(timer);
    source?.close();
    source = undefined;
}

function open(): void {
    if (source || document.hidden || listeners.size === 0 || !own.get()?.account)
        return;
    source = new EventSource('/api/v1/events');
    for (const kind of ['host', 'heard', 'failed', 'published', 'reset'])
        source.addEventListener(kind, event => take(kind, event as MessageEvent<string>));
    source.onopen = () => {
        // A stream that was closed by us begins without an id: what came meanwhile is fetched.
        if (missed)
            tell({ kind: 'reset' });
        missed = false;
    };
    source.onerror = () => {
        if (source?.readyState !== EventSource.CLOSED)
            return;
        // After a reply such as 429 or 503 a browser never comes again by itself.
        close();
        missed = true;
        timer = setTimeout(open, AGAIN_MS);
    };
}

document.addEventListener('visibilitychange', () => {
    if (document.hidden) {
        missed ||= !!source;
        close();
    } else {
        open();
    }
});
own.follow(() => {
    if (own.get()?.account)
        open();
    else
        close();
});

export function listen(fn: (event: Live) => void): () => void {
    listeners.add(fn);
    open();
    return () => {
        listeners.delete(fn);
        if (listeners.size === 0)
            close();
    };
}

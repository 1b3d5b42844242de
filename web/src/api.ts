// SPDX-License-Identifier: GPL-3.0-or-later
// Asks the API: proves that a request is ours, reads problems, confirms who it is where that is
// needed, waits where the service asks for it.
import { signalOf } from './signal';
import type { Account, Problem, Session } from './resources';
import { t } from './i18n';

export interface Own {
    account: Account | null;
    csrf?: string;
    session?: Session;
}

export class Failure extends Error {
    constructor(readonly status: number, readonly problem: Problem, readonly wait_s = 0) {
        super(problem.detail ?? String(status));
    }
    get code(): string {
        return this.problem.code ?? '';
    }
    /** What is wrong with a member of the body. */
    field(name: string): string {
        const known: Record<string, string> = t().problem.codes;
        if (this.problem.errors?.some(one => (one as { field?: string }).field === name) && known[this.code])
            return known[this.code]!;
        return this.problem.errors?.find(one => (one as { field?: string }).field === name)?.message as string ?? '';
    }
}

/** undefined: not asked yet. */
export const own = signalOf<Own | undefined>(undefined);
export const offline = signalOf(false);

/** Asks whoever sits there to prove it is them; true: they did. Set by the dialog. */
export const ask = { fresh: async (): Promise<boolean> => false };

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

const TRIES_MAX = 3;
const WAIT_MAX_S = 5;
const pause = (ms: number) => new Promise(done => setTimeout(done, ms));

async function send(method: Method, path: string, body: unknown): Promise<Response> {
    const headers: Record<string, string> = {};
    const csrf = own.get()?.csrf;
    if (method !== 'GET') {
        headers['Content-Type'] = 'application/json';
        if (csrf)
            headers['X-CSRF-Token'] = csrf;
    }
    const init: RequestInit = { method, headers, credentials: 'same-origin' };
    if (method !== 'GET')
        init.body = JSON.stringify(body ?? {});
    try {
        const reply = await fetch('/api/v1' + path, init);
        offline.set(false);
        return reply;
    } catch {
        offline.set(true);
        throw new Failure(0, { detail: t().problem.offline });
    }
}

async function read(reply: Response): Promise<unknown> {
    const text = await reply.text();
    try {
        return text ? JSON.parse(text) : undefined;
    } catch {
        return { detail: `${reply.status} ${reply.statusText}` };
    }
}

async function once(method: Method, path: string, body: unknown): Promise<unknown> {
    const reply = await send(method, path, body);
    const data = await read(reply);
    if (reply.ok) {
        const fresh = data as Own | undefined;
        if (fresh && typeof fresh === 'object' && 'csrf' in fresh && 'account' in fresh)
            own.set(fresh);
        return data;
    }
    const wait_s = Number(reply.headers.get('Retry-After') ?? 0);
    throw new Failure(reply.status, (data ?? {}) as Problem, wait_s);
}

/** A call whose page has gone is of no use to anybody, so reading waits and tries again by itself. */
export async function call<T = unknown>(method: Method, path: string, body?: unknown): Promise<T> {
    for (let tries = 1; ; tries++) {
        try {
            return await once(method, path, body) as T;
        } catch (error) {
            if (!(error instanceof Failure))
                throw error;
            const waits = (error.status === 429 || error.status === 503) && error.wait_s <= WAIT_MAX_S;
            if (error.code === 'fresh' && tries < TRIES_MAX && await ask.fresh())
                continue;
            if (error.code === 'csrf' && tries < TRIES_MAX) {
                await know();
                continue;
            }
            if (method === 'GET' && waits && tries < TRIES_MAX) {
                await pause(1000 * Math.max(1, error.wait_s));
                continue;
            }
            if (error.status === 401 && own.get()?.account)
                own.set({ account: null });
            throw error;
        }
    }
}

export const get = <T>(path: string) => call<T>('GET', path);

/** Who has logged in. */
export async function know(): Promise<Own> {
    const found = await once('GET', '/session', undefined) as Own;
    own.set(found);
    return found;
}

interface Page<T> {
    items: T[];
    next: number | null;
}

/** All pages of a list; `some` gets each as it comes. */
export async function all<T>(path: string, some?: (items: T[]) => void): Promise<T[]> {
    const items: T[] = [];
    for (let after: number | null = 0; after !== null;) {
        const page: Page<T> = await get<Page<T>>(`${path}${path.includes('?') ? '&' : '?'}after=${after}`);
        items.push(...page.items);
        some?.(page.items);
        after = page.next;
    }
    return items;
}

export const seg = encodeURIComponent;

// SPDX-License-Identifier: GPL-3.0-or-later
// What can be told of an address by itself.

export type Family = 4 | 6;

export function familyOf(address: string): Family {
    return address.includes(':') ? 6 : 4;
}

function bytesOf(address: string): number[] {
    return address.split('.').map(Number);
}

/** RFC 6598: shared among the customers of a provider. */
export function isShared(address: string): boolean {
    const [a = 0, b = 0] = bytesOf(address);
    return familyOf(address) === 4 && a === 100 && b >= 64 && b < 128;
}

export function isPrivate(address: string): boolean {
    if (familyOf(address) === 6)
        return /^(::1$|f[cd]|fe[89ab])/i.test(address);
    const [a = 0, b = 0] = bytesOf(address);
    return a === 10 || a === 127 || (a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168) || (a === 169 && b === 254);
}

export interface Seen {
    v4: string | null | undefined;
    v6: string | null | undefined;
}

async function ask(origin: string): Promise<string | null> {
    try {
        const reply = await fetch(origin + '/json', { signal: AbortSignal.timeout(5000), credentials: 'omit' });
        return (await reply.json() as { ip: string }).ip;
    } catch {
        return null;
    }
}

/** Asks over each family where the service has a name for it; `some` gets what is known so far. */
export async function see(origin4: string, origin6: string, some: (seen: Seen) => void): Promise<Seen> {
    const seen: Seen = { v4: undefined, v6: undefined };
    const put = (address: string | null, family?: Family) => {
        if (address)
            seen[familyOf(address) === 4 ? 'v4' : 'v6'] = address;
        else if (family)
            seen[family === 4 ? 'v4' : 'v6'] ??= null;
        some({ ...seen });
    };
    await Promise.all([
        ask('').then(address => put(address)),
        origin4 ? ask(origin4).then(address => put(address, 4)) : undefined,
        origin6 ? ask(origin6).then(address => put(address, 6)) : undefined,
    ]);
    seen.v4 ??= null;
    seen.v6 ??= null;
    some({ ...seen });
    return seen;
}

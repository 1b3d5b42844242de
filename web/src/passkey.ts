// SPDX-License-Identifier: GPL-3.0-or-later
// Passkeys: the options come from the service, the answer goes back as the browser gives it.
import { Failure, call } from './api';

/** Browsers have them at a name with TLS, or at localhost. */
export function canHave(): boolean {
    return isSecureContext && typeof PublicKeyCredential !== 'undefined' &&
        'parseRequestOptionsFromJSON' in PublicKeyCredential && !/^[\d.]+$|^\[/.test(location.hostname);
}

async function answer(options: unknown, signal?: AbortSignal, conditional = false): Promise<unknown> {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options as PublicKeyCredentialRequestOptionsJSON);
    const wanted: CredentialRequestOptions = { publicKey };
    if (signal)
        wanted.signal = signal;
    if (conditional)
        wanted.mediation = 'conditional';
    const given = await navigator.credentials.get(wanted) as PublicKeyCredential | null;
    return given?.toJSON();
}

export async function logIn(keep: boolean, signal?: AbortSignal, conditional = false): Promise<void> {
    const options = await call('POST', '/session/passkey-challenge');
    const passkey = await answer(options, signal, conditional);
    try {
        await call('POST', '/session/passkey', { passkey, keep });
    } catch (error) {
        // One that is not known here any more need not be offered again.
        const browser = PublicKeyCredential as { signalUnknownCredential?: (of: object) => Promise<void> };
        if (error instanceof Failure && error.code === 'passkey')
            await browser.signalUnknownCredential?.({
                rpId: (options as { rpId?: string }).rpId ?? location.hostname,
                credentialId: (passkey as { id: string }).id,
            }).catch(() => undefined);
        throw error;
    }
}

export async function confirm(): Promise<void> {
    const options = await call('POST', '/session/fresh-challenge');
    await call('POST', '/session/fresh', { passkey: await answer(options) });
}

export async function forFactor(): Promise<unknown> {
    return answer(await call('POST', '/session/passkey-challenge'));
}

export async function make(name: string): Promise<void> {
    const options = await call('POST', '/account/passkey-challenge');
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options as PublicKeyCredentialCreationOptionsJSON);
    const made = await navigator.credentials.create({ publicKey }) as PublicKeyCredential;
    await call('POST', '/account/passkeys', { name, passkey: made.toJSON() });
}

/** Whoever turns the browser's window away has decided, which is no mistake to show. */
export function wasTurnedAway(error: unknown): boolean {
    return error instanceof DOMException && (error.name === 'NotAllowedError' || error.name === 'AbortError');
}

// SPDX-License-Identifier: GPL-3.0-or-later
// Logging in: by a passkey, or by address and password, with a code where there is a second factor.
import { useEffect, useRef, useState } from 'preact/hooks';
import { Failure, call, get, own } from '../api';
import type { Service } from '../resources';
import { choose, t } from '../i18n';
import { canHave, forFactor, logIn, wasTurnedAway } from '../passkey';
import { go, place } from '../router';
import { Button, Check, Field, Form, Icon, complain } from '../ui';

/** Where to go from here: a page of one's own stays, others lead to the hosts. */
function goOn(): void {
    const account = own.get()?.account;
    if (account?.language)
        void choose(account.language);
    if (['first', 'login', 'confirm', 'reset'].includes(place.get().page))
        go('/hosts');
}

function WithoutAccount({ service }: { service: Service | undefined }) {
    const texts = t().login;
    if (!service)
        return null;
    if (service.mail && (service.sign_up === 'open' || service.sign_up === 'approval'))
        return <p class="aside"><a href="/signup">{texts.signup}</a></p>;
    const words = service.sign_up === 'closed' ? texts.closed : texts.invited;
    return <p class="aside muted">{words}{service.contact ? `: ${service.contact}` : service.sign_up === 'closed' ? ` ${texts.operator}` : ''}.</p>;
}

function Factor({ login, back }: { login: Record<string, unknown>; back: () => void }) {
    const texts = t().login;
    const [code, setCode] = useState('');
    async function byPasskey() {
        try {
            await call('POST', '/session', { ...login, passkey: await forFactor() });
            goOn();
        } catch (error) {
            if (!wasTurnedAway(error))
                complain(error);
        }
    }
    return (
        <>
            <p>{texts.factorLead}</p>
            <Form submit={texts.submit} extra={<Button kind="quiet" onClick={back}>{t().form.back}</Button>}
                send={async () => {
                    await call('POST', '/session', { ...login, code: code.trim() });
                    goOn();
                }}>
                {failure => <Field label={texts.code} value={code} set={setCode} autocomplete="one-time-code"
                    required focus error={failure?.field('code') ?? ''} />}
            </Form>
            {canHave() && <Button kind="quiet" icon="key" onClick={byPasskey}>{texts.factorPasskey}</Button>}
        </>
    );
}

export function LoginForm({ heading: Heading, service }: { heading: 'h1' | 'h2'; service: Service | undefined }) {
    const texts = t().login;
    const [email, setEmail] = useState('');
    const [password, setPassword] = useState('');
    const [keep, setKeep] = useState(false);
    const [factor, setFactor] = useState(false);
    const waiting = useRef<AbortController | undefined>(undefined);

    useEffect(() => {
        // The browser offers passkeys in the list of the address field.
        void (async () => {
            if (!canHave() || !await PublicKeyCredential.isConditionalMediationAvailable?.())
                return;
            const stop = waiting.current = new AbortController();
            try {
                await logIn(false, stop.signal, true);
                goOn();
            } catch (error) {
                if (!wasTurnedAway(error) && !stop.signal.aborted && error instanceof Failure && error.status !== 429)
                    complain(error);
            }
        })();
        return () => waiting.current?.abort();
    }, []);

    async function byPasskey() {
        waiting.current?.abort();
        try {
            await logIn(keep);
            goOn();
        } catch (error) {
            if (!wasTurnedAway(error))
                complain(error);
        }
    }
    const login = () => ({ email: email.trim(), password: password.normalize('NFC'), keep });
    if (!isSecureContext)
        return <><Heading tabIndex={-1}>{texts.title}</Heading><p class="note"><Icon name="warn" /> {texts.insecure}</p></>;
    if (factor)
        return <><Heading tabIndex={-1}>{texts.factor}</Heading><Factor login={login()} back={() => setFactor(false)} /></>;
    return (
        <>
            <Heading tabIndex={-1}>{texts.title}</Heading>
            {canHave() && <>
                <Button kind="main" icon="key" onClick={byPasskey}>{texts.passkey}</Button>
                <p class="or"><span>{texts.or}</span></p>
            </>}
            <Form submit={texts.submit} send={async () => {
                try {
                    await call('POST', '/session', login());
                } catch (error) {
                    if (error instanceof Failure && error.code === 'factor')
                        return setFactor(true);
                    throw error;
                }
                goOn();
            }}>
                {failure => <>
                    <Field label={t().form.email} type="email" value={email} set={setEmail} required
                        autocomplete="username webauthn" error={failure?.field('email') ?? ''} />
                    <Field label={t().form.password} type="password" value={password} set={setPassword} required
                        autocomplete="current-password" error={failure?.field('password') ?? ''} />
                    <Check label={texts.keep} value={keep} set={setKeep} />
                </>}
            </Form>
            {service?.mail && <p class="aside"><a href="/forgot">{texts.forgot}</a></p>}
            <WithoutAccount service={service} />
        </>
    );
}

export function Login() {
    const [service, setService] = useState<Service>();
    useEffect(() => {
        get<Service>('/service').then(setService, () => undefined);
    }, []);
    return <section class="narrow card"><LoginForm heading="h1" service={service} /></section>;
}

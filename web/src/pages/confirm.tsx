// SPDX-License-Identifier: GPL-3.0-or-later
// Where links of mails lead. What is behind the '#' reaches no server until somebody presses a button.
import { useEffect, useState } from 'preact/hooks';
import { Failure, call, get, own } from '../api';
import type { MoveState, Service } from '../resources';
import { fill, t } from '../i18n';
import { canHave, make, wasTurnedAway } from '../passkey';
import { go } from '../router';
import { Button, Check, Field, Form, Icon, complain, say } from '../ui';

/** Taken out of the address bar, so that no screenshot or shared link has it. */
function useLink(): string {
    const [link] = useState(() => location.hash.slice(1));
    useEffect(() => {
        if (link)
            history.replaceState(null, '', location.pathname);
    }, [link]);
    return link;
}

export function NewPassword({ value, set, error, min, label }: {
    value: string; set: (value: string) => void; error: string; min: number; label: string;
}) {
    const texts = t().confirm;
    const characters = [...value.normalize('NFC')].length;
    const level = characters < min ? 0 : characters < min + 4 ? 1 : 2;
    return (
        <>
            <Field label={label} type="password" value={value} set={set} required focus={false}
                autocomplete="new-password" hint={fill(texts.hint, { n: min })} error={error} />
            {value && <p class={`meter level${level}`} aria-live="polite">
                <span aria-hidden="true"><i /><i /><i /></span>{[texts.weak, texts.fair, texts.strong][level]}
            </p>}
        </>
    );
}

/** A name that tells this device from others: "Chrome on Linux" is enough. */
export function deviceName(): string {
    const agent = navigator.userAgent;
    const browser = /Firefox/.test(agent) ? 'Firefox' : /Edg\//.test(agent) ? 'Edge' : /Chrom/.test(agent) ? 'Chrome' : /Safari/.test(agent) ? 'Safari' : 'Browser';
    const system = /Android/.test(agent) ? 'Android' : /iPhone/.test(agent) ? 'iPhone' : /iPad/.test(agent) ? 'iPad' : /Mac OS/.test(agent) ? 'Mac' : /Windows/.test(agent) ? 'Windows' : /Linux/.test(agent) ? 'Linux' : '';
    return system ? `${browser}, ${system}` : browser;
}

function MakePasskey() {
    const texts = t().confirm;
    async function begin() {
        try {
            await make(deviceName());
            say(t().account.passkeyAdded);
            go('/hosts', true);
        } catch (error) {
            if (!wasTurnedAway(error))
                complain(error);
        }
    }
    return (
        <section class="narrow card">
            <h1 tabIndex={-1}>{texts.passkeyTitle}</h1>
            <p>{texts.passkeyLead}</p>
            <div class="actions">
                <Button kind="main" icon="key" onClick={begin}>{texts.passkeySubmit}</Button>
                <Button kind="quiet" onClick={() => go('/hosts', true)}>{texts.later}</Button>
            </div>
        </section>
    );
}

function Redeem({ title, lead, resets }: { title: string; lead: string; resets: boolean }) {
    const texts = t().confirm;
    const link = useLink();
    const [password, setPassword] = useState('');
    const [email, setEmail] = useState('');
    const [asksEmail, setAsksEmail] = useState(false);
    const [keep, setKeep] = useState(false);
    const [isIn, setIsIn] = useState(false);
    const [service, setService] = useState<Service>();
    useEffect(() => {
        get<Service>('/service').then(setService, () => undefined);
    }, []);
    if (isIn)
        return <MakePasskey />;
    if (!link)
        return <section class="narrow card"><h1 tabIndex={-1}>{title}</h1>
            <p class="note"><Icon name="warn" /> {texts.noLink}</p></section>;

    async function send() {
        const body: Record<string, unknown> = { link, password: password.normalize('NFC'), keep };
        if (asksEmail)
            body.email = email.trim();
        try {
            await call('POST', '/links/redeem', body);
        } catch (error) {
            if (error instanceof Failure && error.field('email') && !asksEmail) {
                setAsksEmail(true);
                return;
            }
            throw error;
        }
        if (!own.get()?.account) {
            say(texts.resetDone);
            go('/login', true);
        } else if (canHave()) {
            setIsIn(true);
        } else {
            go('/hosts', true);
        }
    }
    return (
        <section class="narrow card">
            <h1 tabIndex={-1}>{title}</h1>
            <p>{lead}</p>
            <Form submit={texts.submit} send={send}>
                {failure => <>
                    {asksEmail && <>
                        <p class="note">{texts.operator}</p>
                        <Field label={t().form.email} type="email" value={email} set={setEmail} required focus
                            autocomplete="username" error={failure?.field('email') ?? ''} />
                    </>}
                    <NewPassword label={t().form.password} value={password} set={setPassword}
                        min={service?.password_min ?? 12} error={failure?.field('password') ?? ''} />
                    {!resets && <Check label={t().login.keep} value={keep} set={setKeep} />}
                </>}
            </Form>
        </section>
    );
}

export function Confirm() {
    return <Redeem title={t().confirm.title} lead={t().confirm.lead} resets={false} />;
}

export function Reset() {
    return <Redeem title={t().confirm.resetTitle} lead={t().confirm.resetLead} resets />;
}

export function Address() {
    const texts = t().address;
    const link = useLink();
    const [state, setState] = useState<MoveState['state']>();
    const answer = async (refuse: boolean) => {
        const reply = await call<MoveState>('POST', '/links/confirm', refuse ? { link, refuse } : { link });
        setState(reply.state);
    };
    return (
        <section class="narrow card">
            <h1 tabIndex={-1}>{texts.title}</h1>
            {!link ? <p class="note"><Icon name="warn" /> {t().confirm.noLink}</p>
                : state ? <p role="status">{texts[state]}</p>
                    : <>
                        <p>{texts.lead}</p>
                        <div class="actions">
                            <Button kind="main" onClick={() => answer(false)}>{texts.agree}</Button>
                            <Button onClick={() => answer(true)}>{texts.refuse}</Button>
                        </div>
                    </>}
        </section>
    );
}

// SPDX-License-Identifier: GPL-3.0-or-later
// Everything about oneself.
import { useEffect, useState } from 'preact/hooks';
import { Failure, all, call, get, know, own, seg } from '../api';
import type { Account, Address, Passkey, Service, Session, Token, TokenMade } from '../resources';
import { choose, count, fill, languageNames, remember, t } from '../i18n';
import { canHave, make, wasTurnedAway } from '../passkey';
import { go } from '../router';
import { use } from '../signal';
import { Ago, Button, Check, Choice, Copy, Dialog, Field, Form, Icon, Qr, Skeleton, Trouble, complain, say, useFetched } from '../ui';
import { NewPassword, deviceName } from './confirm';
import { Secret } from './host';

/* ----- who one is ----- */

function Profile({ account, service }: { account: Account; service: Service | undefined }) {
    const texts = t().account;
    const { data: move, again } = useFetched(() => get<Address>('/account/address'), [account.email]);
    const [changes, setChanges] = useState(false);
    const [email, setEmail] = useState('');
    return (
        <section class="card">
            <h2>{texts.address}</h2>
            <p class="large">{account.email}</p>
            {move?.email && <div class="note">
                <p>{fill(texts.pending, { email: move.email })}</p>
                <p class="muted small">{texts.old}: {move.old_confirmed ? texts.agreed : texts.open} · {texts.new}: {move.new_confirmed ? texts.agreed : texts.open}</p>
                <Button kind="quiet" onClick={async () => {
                    await call('DELETE', '/account/address');
                    await again();
                }}>{texts.keepOld}</Button>
            </div>}
            {service?.mail && !move?.email && !changes && <div class="actions"><Button onClick={() => setChanges(true)}>{texts.changeAddress}</Button></div>}
            {changes && <Form submit={texts.send} extra={<Button kind="quiet" onClick={() => setChanges(false)}>{t().form.cancel}</Button>} send={async () => {
                await call('POST', '/account/address', { email: email.trim() });
                setChanges(false);
                say(texts.asked);
                await again();
            }}>
                {failure => <><p class="muted">{texts.changeLead}</p>
                    <Field label={texts.newAddress} type="email" value={email} set={setEmail} required focus autocomplete="email" error={failure?.field('email') ?? ''} /></>}
            </Form>}
            <Choice label={texts.language} hint={texts.languageHint} value={account.language ?? 'en'}
                options={Object.entries(languageNames)} set={tag => void (async () => {
                    await call('PATCH', '/account', { language: tag });
                    remember(tag);
                    await choose(tag);
                    await know();
                })().catch(complain)} />
        </section>
    );
}

/* ----- ways in ----- */

function Passkeys() {
    const texts = t().account;
    const { data, error, again } = useFetched(() => all<Passkey>('/account/passkeys'), []);
    const [leaving, setLeaving] = useState<Passkey>();
    const [renaming, setRenaming] = useState<Passkey>();
    const [name, setName] = useState('');
    async function add() {
        try {
            await make(deviceName());
            say(texts.passkeyAdded);
            await Promise.all([again(), know()]);
        } catch (failure) {
            if (failure instanceof DOMException && failure.name === 'InvalidStateError')
                say(texts.passkeyAdded);
            else if (!wasTurnedAway(failure))
                complain(failure);
        }
    }
    return (
        <section class="card">
            <div class="head"><h2>{texts.passkeys}</h2>
                {canHave() && <Button icon="plus" onClick={add}>{texts.addPasskey}</Button>}</div>
            <p class="muted">{texts.passkeysLead}</p>
            {!canHave() && <p class="note">{texts.passkeyNone}</p>}
            {error ? <Trouble error={error} again={again} /> : !data ? <Skeleton lines={1} /> : !data.length ? <p>{texts.passkeysNone}</p>
                : <ul class="things">{data.map(one => <li key={one.id}>
                    <div><p><Icon name="key" /> <strong>{one.name}</strong></p>
                        <p class="muted small">{texts.made} <Ago time={one.created!} />
                            {!!one.last_used && <> · {texts.used} <Ago time={one.last_used} /></>}
                            {one.backed_up && ` · ${texts.synced}`}</p></div>
                    <div class="actions">
                        <Button kind="quiet" label={`${texts.rename}: ${one.name}`} onClick={() => {
                            setName(one.name ?? '');
                            setRenaming(one);
                        }}>{texts.rename}</Button>
                        <Button kind="quiet" label={`${texts.remove}: ${one.name}`} onClick={() => setLeaving(one)}>{texts.remove}</Button>
                    </div>
                </li>)}</ul>}
            {renaming && <Dialog title={texts.rename} close={() => setRenaming(undefined)}>
                <Form submit={t().form.save} send={async () => {
                    await call('PATCH', `/account/passkeys/${renaming.id}`, { name: name.trim() });
                    setRenaming(undefined);
                    await again();
                }}>
                    {failure => <Field label={texts.passkeyName} value={name} set={setName} required focus error={failure?.field('name') ?? ''} />}
                </Form>
            </Dialog>}
            {leaving && <Dialog title={texts.passkeyRemoveAsk} close={() => setLeaving(undefined)}>
                <p><strong>{leaving.name}</strong></p><p>{texts.passkeyRemoveLead}</p>
                <div class="actions"><Button kind="danger" onClick={async () => {
                    await call('DELETE', `/account/passkeys/${leaving.id}`);
                    setLeaving(undefined);
                    say(texts.passkeyRemoved);
                    await Promise.all([again(), know()]);
                }}>{texts.remove}</Button><Button onClick={() => setLeaving(undefined)}>{t().form.cancel}</Button></div>
            </Dialog>}
        </section>
    );
}

function Password({ account, service }: { account: Account; service: Service | undefined }) {
    const texts = t().account;
    const [changes, setChanges] = useState(false);
    const [old, setOld] = useState('');
    const [password, setPassword] = useState('');
    return (
        <section class="card">
            <div class="head"><h2>{texts.password}</h2>
                <Button onClick={() => setChanges(!changes)}>{changes ? t().form.cancel : texts.changePassword}</Button></div>
            {changes && <Form submit={texts.changePassword} send={async () => {
                await call('PUT', '/account/password', { old: old.normalize('NFC'), password: password.normalize('NFC') });
                await know();
                setChanges(false);
                setOld('');
                setPassword('');
                say(texts.passwordChanged);
            }}>
                {failure => <>
                    <input class="unseen" type="text" autocomplete="username" value={account.email ?? ''} readOnly tabIndex={-1} aria-hidden="true" />
                    <Field label={texts.oldPassword} type="password" value={old} set={setOld} required focus autocomplete="current-password" error={failure?.field('old') ?? ''} />
                    <NewPassword label={texts.newPassword} value={password} set={setPassword} min={service?.password_min ?? 12} error={failure?.field('password') ?? ''} />
                </>}
            </Form>}
        </section>
    );
}

interface Factor {
    on: boolean;
    recovery_codes_left: number;
}
interface Seed {
    secret: string;
    uri: string;
    qr_path?: string;
    qr_side?: number;
}

function Codes({ codes, email, close }: { codes: string[]; email: string; close: () => void }) {
    const texts = t().account;
    return (
        <Dialog title={texts.codes} close={close}>
            <div class="printed">
                <p class="only-print">{fill(texts.codesOf, { email })} · {location.host}</p>
                <p>{texts.codesLead}</p>
                <ol class="codes">{codes.map(code => <li key={code}><code>{code}</code></li>)}</ol>
            </div>
            <div class="actions">
                <Button kind="main" onClick={() => print()}>{t().form.print}</Button>
                <Copy text={codes.join('\n')} label={texts.codes} />
                <Button kind="quiet" onClick={close}>{t().form.done}</Button>
            </div>
        </Dialog>
    );
}

function SecondStep({ account }: { account: Account }) {
    const texts = t().account;
    const { data, error, again } = useFetched(() => get<Factor>('/account/totp'), []);
    const [seed, setSeed] = useState<Seed>();
    const [code, setCode] = useState('');
    const [codes, setCodes] = useState<string[]>();
    return (
        <section class="card">
            <div class="head"><h2>{texts.factor}</h2>
                {data && (data.on
                    ? <Button onClick={async () => {
                        await call('DELETE', '/account/totp');
                        say(texts.factorIsOff);
                        await again();
                    }}>{texts.factorTurnOff}</Button>
                    : <Button onClick={async () => setSeed(await call<Seed>('POST', '/account/totp'))}>{texts.factorBegin}</Button>)}</div>
            {error ? <Trouble error={error} again={again} /> : !data ? <Skeleton lines={1} /> : <>
                <p class="muted">{data.on ? texts.factorOn : texts.factorOff}</p>
                {data.on && <div class="line"><span>{count(texts.codesLeft, data.recovery_codes_left)}</span>
                    <Button kind="quiet" onClick={async () => {
                        const made = await call<{ recovery_codes: string[] }>('POST', '/account/recovery-codes');
                        setCodes(made.recovery_codes);
                        await again();
                    }}>{texts.codesNew}</Button></div>}
            </>}
            {seed && <Dialog title={texts.factor} close={() => setSeed(undefined)}>
                <p>{texts.factorScan}</p>
                {seed.qr_path && seed.qr_side && <Qr path={seed.qr_path} side={seed.qr_side} label={texts.factorScan} />}
                <p class="hint">{texts.factorKey}</p>
                <div class="line"><code class="wrap">{seed.secret}</code><Copy text={seed.secret} label={texts.factorKey} /></div>
                <Form submit={texts.factorTurnOn} send={async () => {
                    const made = await call<{ recovery_codes: string[] }>('PUT', '/account/totp', { code: code.trim() });
                    setSeed(undefined);
                    setCode('');
                    setCodes(made.recovery_codes);
                    say(texts.factorIsOn);
                    await Promise.all([again(), know()]);
                }}>
                    {failure => <Field label={texts.factorCode} code value={code} set={setCode} required focus autocomplete="one-time-code" error={failure?.field('code') ?? ''} />}
                </Form>
            </Dialog>}
            {codes && <Codes codes={codes} email={account.email ?? ''} close={() => setCodes(undefined)} />}
        </section>
    );
}

/* ----- where one is in ----- */

function agentName(agent: string): string {
    const browser = /Firefox|Edg|Chrom|Safari|curl|Python/.exec(agent)?.[0];
    const system = /Android|iPhone|iPad|Mac OS X|Windows|Linux/.exec(agent)?.[0];
    const whole = { Edg: 'Edge', Chrom: 'Chrome' } as Record<string, string>;
    return browser ? [whole[browser] ?? browser, system].filter(Boolean).join(', ') : agent.slice(0, 40);
}

function Sessions() {
    const texts = t().account;
    const { data, error, again } = useFetched(() => all<Session>('/sessions'), []);
    return (
        <section class="card">
            <div class="head"><h2>{texts.sessions}</h2><Button kind="quiet" onClick={async () => {
                await call('DELETE', '/sessions');
                await know();
                go('/login');
            }}>{texts.endAll}</Button></div>
            <p class="muted">{texts.sessionsLead}</p>
            {error ? <Trouble error={error} again={again} /> : !data ? <Skeleton /> : <ul class="things">{data.map(one => <li key={one.id}>
                <div><p><strong>{agentName(one.agent ?? '') || texts.unknownAgent}</strong>{one.own && <span class="tag">{texts.thisOne}</span>}</p>
                    <p class="muted small">{one.source} · <Ago time={one.last_used!} /></p></div>
                {!one.own && <Button kind="quiet" label={`${texts.end}: ${one.source}`} onClick={async () => {
                    await call('DELETE', `/sessions/${one.id}`);
                    say(texts.ended);
                    await again();
                }}>{texts.end}</Button>}
            </li>)}</ul>}
        </section>
    );
}

function Programs() {
    const texts = t().account;
    const { data, error, again } = useFetched(async () => (await all<Token>('/tokens')).filter(one => one.kind === 'api'), []);
    const [adds, setAdds] = useState(false);
    const [label, setLabel] = useState('');
    const [rights, setRights] = useState('read');
    const [made, setMade] = useState<TokenMade>();
    return (
        <section class="card">
            <div class="head"><h2>{texts.tokens}</h2><Button icon={adds ? 'cross' : 'plus'} onClick={() => setAdds(!adds)}>{adds ? t().form.cancel : t().host.newToken}</Button></div>
            <p class="muted">{texts.tokensLead}</p>
            {adds && <Form submit={texts.tokenMake} send={async () => {
                setMade(await call<TokenMade>('POST', '/tokens', { kind: 'api', label: label.trim(), rights: rights.split('+') }));
                setAdds(false);
                setLabel('');
                await again();
            }}>
                {failure => <>
                    <Field label={texts.tokenLabel} value={label} set={setLabel} focus error={failure?.field('label') ?? ''} />
                    <Choice label={texts.tokenRights} value={rights} set={setRights} options={[['read', texts.rightRead], ['read+write', texts.rightWrite]]} />
                </>}
            </Form>}
            {error ? <Trouble error={error} again={again} /> : !data ? <Skeleton lines={1} /> : !data.length ? <p>{texts.tokensNone}</p>
                : <ul class="things">{data.map(one => <li key={one.id}>
                    <div><p><strong>{one.label || one.hint + '…'}</strong></p>
                        <p class="muted small">{one.rights?.includes('write') ? texts.rightWrite : texts.rightRead} · {one.last_used ? <>{texts.used} <Ago time={one.last_used} /></> : t().host.notUsed}</p></div>
                    <Button kind="quiet" label={`${texts.remove}: ${one.label || one.hint}`} onClick={async () => {
                        await call('DELETE', `/tokens/${one.id}`);
                        say(texts.tokenRemoved);
                        await again();
                    }}>{texts.remove}</Button>
                </li>)}</ul>}
            {made && <Secret token={made} close={() => setMade(undefined)} />}
        </section>
    );
}

function Mails({ account }: { account: Account }) {
    const texts = t().account;
    const off: string[] = account.mail_off ?? [];
    const operators = new Set(['certificate', 'account-waiting']);
    async function put(kind: string, wanted: boolean) {
        const set = (list: string[]) => call('PATCH', '/account', { mail_off: list }).then(know);
        await set(wanted ? off.filter(one => one !== kind) : [...off, kind]);
        say(texts.mailsChanged, () => set(off));
    }
    return (
        <section class="card">
            <h2>{texts.mails}</h2>
            <p class="muted">{texts.mailsLead}</p>
            {Object.entries(texts.mailKinds).filter(([kind]) => account.role === 'operator' || !operators.has(kind)).map(([kind, words]) =>
                <Check key={kind} label={words} value={!off.includes(kind)} set={wanted => void put(kind, wanted).catch(complain)} />)}
        </section>
    );
}

function Data({ account }: { account: Account }) {
    const texts = t().account;
    const [asks, setAsks] = useState(false);
    const [typed, setTyped] = useState('');
    async function download() {
        const whole: Record<string, unknown> = {};
        for (let after: string | null = ''; after !== null;) {
            const page: Record<string, unknown> & { next: string | null } =
                await get(`/account/export${after ? `?after=${seg(after)}` : ''}`);
            for (const [name, value] of Object.entries(page))
                whole[name] = Array.isArray(value) ? [...whole[name] as unknown[] ?? [], ...value] : whole[name] ?? value;
            after = page.next;
        }
        delete whole.next;
        const text = JSON.stringify(whole, null, 2);
        const link = document.createElement('a');
        link.href = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
        link.download = `rove-${account.email}.json`;
        link.click();
        setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    }
    return (
        <section class="card danger-zone">
            <h2>{texts.danger}</h2>
            <p class="muted">{texts.exportLead}</p>
            <div class="actions">
                <Button onClick={download}>{texts.exportAll}</Button>
                <Button kind="danger" onClick={() => setAsks(true)}>{texts.deleteAll}</Button>
            </div>
            {asks && <Dialog title={texts.deleteAsk} close={() => setAsks(false)}>
                <p>{texts.deleteLead}</p>
                <Form kind="danger" submit={texts.deleteAll} extra={<Button onClick={() => setAsks(false)}>{t().form.cancel}</Button>} send={async () => {
                    if (typed.trim().toLowerCase() !== account.email)
                        throw new Failure(400, { errors: [{ field: 'email', message: texts.deleteType }] });
                    await call('DELETE', `/account?email=${seg(account.email!)}`);
                    own.set({ account: null });
                    go('/', true);
                }}>
                    {failure => <Field label={texts.deleteType} hint={account.email} value={typed} set={setTyped} required focus error={failure?.field('email') ?? ''} />}
                </Form>
            </Dialog>}
        </section>
    );
}

export function AccountPage() {
    const account = use(own)?.account;
    const [service, setService] = useState<Service>();
    useEffect(() => {
        get<Service>('/service').then(setService, () => undefined);
    }, []);
    if (!account)
        return <Skeleton lines={8} />;
    return (
        <>
            <h1 tabIndex={-1}>{t().account.title}</h1>
            {account.state === 'waiting' && <p class="note"><Icon name="clock" /> {t().account.waiting}</p>}
            <div class="columns">
                <div>
                    <Profile account={account} service={service} />
                    <Passkeys />
                    <Password account={account} service={service} />
                    <SecondStep account={account} />
                </div>
                <div>
                    <Sessions />
                    {account.state !== 'waiting' && <Programs />}
                    <Mails account={account} />
                    <Data account={account} />
                </div>
            </div>
        </>
    );
}

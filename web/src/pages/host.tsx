// SPDX-License-Identifier: GPL-3.0-or-later
// One host: how it fares, what DNS says, what happened, its tokens and settings.
import { useEffect, useRef, useState } from 'preact/hooks';
import { see } from '../address';
import { Failure, all, call, get, seg } from '../api';
import type { Host, HostChange, Service, Token, TokenMade } from '../resources';
import { ago, fill, lasting, t } from '../i18n';
import { type Heard, listen } from '../live';
import { go, place } from '../router';
import { newest as latest, stateOf } from '../state';
import { Ago, Button, Check, Choice, Copy, Dialog, Empty, Field, Form, Icon, Qr, Skeleton, Trouble, complain, say, useFetched } from '../ui';
import { State } from './hosts';

/* ----- what is fetched ----- */

interface Truth {
    said: { result: string; time: number; addresses: string[]; source: string | null } | null;
    database: { addresses: string[]; seq: number };
    published: { addresses: string[]; serial: number; seq: number } | null;
    servers: { name: string; address: string; state: string; addresses: string[] | null; serial: number | null; ms: number | null }[];
    complete: boolean;
}

interface Change {
    seq: number;
    time: number;
    before: string[] | null;
    after: string[] | null;
    source: string | null;
    dialect: string | null;
    encrypted: boolean;
    agent: string;
}

const same = (a: string[] | null | undefined, b: string[] | null | undefined) =>
    [...a ?? []].sort().join() === [...b ?? []].sort().join();

/* ----- addresses ----- */

async function setAddresses(host: Host, addresses: string[], words: string): Promise<void> {
    const before = host.addresses ?? [];
    const path = `/hosts/${seg(host.name!)}`;
    await call('PATCH', path, { addresses });
    say(words, async () => {
        await call('PATCH', path, { addresses: before });
        say(t().form.undone);
    });
}

function Addresses({ host }: { host: Host }) {
    const texts = t().host;
    const [byHand, setByHand] = useState(false);
    const [text, setText] = useState('');
    async function useMine() {
        const service = await get<Service>('/service');
        const seen = await see(service.origin_4 ?? '', service.origin_6 ?? '', () => undefined);
        const mine = [seen.v4, seen.v6].filter(one => !!one) as string[];
        await setAddresses(host, mine, `${texts.addressesSet}: ${mine.join(' ')}`);
    }
    return (
        <section class="card">
            <h2>{texts.addresses}</h2>
            {host.addresses?.length
                ? <ul class="plain-list">{host.addresses.map(one =>
                    <li key={one} class="line"><code class="large">{one}</code><Copy text={one} label={one} /></li>)}</ul>
                : <p class="muted">{t().hosts.noAddress}</p>}
            <div class="actions">
                <Button onClick={useMine}>{texts.useMine}</Button>
                <Button kind="quiet" onClick={() => {
                    setText((host.addresses ?? []).join(' '));
                    setByHand(!byHand);
                }}>{texts.setByHand}</Button>
                {!!host.addresses?.length && <Button kind="quiet" onClick={() => setAddresses(host, [], texts.taken)}>{texts.takeAll}</Button>}
            </div>
            {byHand && <Form submit={t().form.save} send={async () => {
                await setAddresses(host, text.split(/[\s,]+/).filter(Boolean), texts.addressesSet);
                setByHand(false);
            }}>
                {failure => <Field label={texts.setLabel} value={text} set={setText} focus error={failure?.field('addresses') ?? ''} />}
            </Form>}
        </section>
    );
}

/* ----- truth ----- */

function TruthCard({ host, seq }: { host: string; seq: number }) {
    const texts = t().host;
    const { data, error, again } = useFetched(() => get<Truth>(`/host-truths/${seg(host)}`), [host, seq]);
    useEffect(() => {
        if (!data || data.complete)
            return;
        const timer = setTimeout(() => void again(), 1500);
        return () => clearTimeout(timer);
    }, [data]);
    const stored = data?.database.addresses ?? [];
    const isOdd = (server: Truth['servers'][number]) => server.state !== 'agrees';
    const disagrees = data && (data.servers.some(isOdd) || (data.published && !same(data.published.addresses, stored)));
    const show = (addresses: string[] | null | undefined) => addresses?.length ? addresses.join(' ') : texts.none;
    return (
        <section class="card">
            <div class="head"><h2>{texts.truth}</h2><Button kind="quiet" onClick={again}>{texts.look}</Button></div>
            {error ? <Trouble error={error} again={again} /> : !data ? <Skeleton /> : <>
                <p class={`note ${!data.complete ? '' : disagrees ? 'bad' : 'good'}`}>
                    <Icon name={!data.complete ? 'clock' : disagrees ? 'warn' : 'check'} />{' '}
                    {!data.complete ? texts.truthPending : disagrees ? texts.truthBad : texts.truthFine}
                </p>
                <dl class="rows">
                    {data.said && <div class={same(data.said.addresses, stored) ? '' : 'odd'}>
                        <dt>{texts.said}</dt><dd class="mono">{show(data.said.addresses)}</dd><dd class="muted"><Ago time={data.said.time} /></dd></div>}
                    <div><dt>{texts.stored}</dt><dd class="mono">{show(stored)}</dd><dd /></div>
                    {data.published && <div class={same(data.published.addresses, stored) ? '' : 'odd'}>
                        <dt>{texts.published}</dt><dd class="mono">{show(data.published.addresses)}</dd>
                        <dd class="muted">{fill(texts.serial, { n: String(data.published.serial) })}</dd></div>}
                    {data.servers.map(server => <div key={server.name + server.address} class={isOdd(server) ? 'odd' : ''}>
                        <dt>{server.name} <span class="muted small">{server.address}</span></dt>
                        <dd class="mono">{server.addresses ? show(server.addresses) : '–'}</dd>
                        <dd class="muted">{isOdd(server) ? <><Icon name="warn" /> {texts.states[server.state] ?? server.state}</> : `${server.ms ?? 0} ms`}</dd>
                    </div>)}
                </dl>
            </>}
        </section>
    );
}

/* ----- history ----- */

function History({ host }: { host: Host }) {
    const texts = t().host;
    const { data, error, again } = useFetched(() => get<{ items: Change[] }>(`/host-logs/${seg(host.name!)}?limit=20`), [host.name]);
    const first = useRef(true);
    useEffect(() => {
        if (!first.current)
            void again();
        first.current = false;
    }, [host.last_change]);
    const end = (index: number) => index === 0 ? Date.now() / 1000 : data!.items[index - 1]!.time;
    return (
        <section class="card">
            <h2>{texts.history}</h2>
            {error ? <Trouble error={error} again={again} /> : !data ? <Skeleton /> : !data.items.length ? <p class="muted">{texts.historyNone}</p>
                : <ol class="timeline">{data.items.map((item, index) => <li key={item.seq} class={index === 0 ? 'now' : ''}>
                    <div class="line">
                        <span class="mono">{item.before === null ? texts.created : item.after === null ? texts.removed : item.after.length ? item.after.join(' ') : texts.cleared}</span>
                        {index > 0 && item.after !== null && item.before !== null && !same(item.after, host.addresses) &&
                            <Button kind="quiet" icon="undo" onClick={() =>
                                setAddresses(host, item.after!, fill(texts.restored, { addresses: item.after!.join(' ') || texts.none }))}>{texts.restore}</Button>}
                    </div>
                    <p class="muted small"><Ago time={item.time} />{!!item.after?.length && ` · ${fill(texts.held, { time: lasting(Math.max(0, end(index) - item.time)) })}`}
                        {' · '}{item.dialect ? item.agent || item.dialect : texts.byHand}
                        {item.source && ` · ${item.source}`}
                        {item.dialect && !item.encrypted && ` · ${texts.inClear}`}</p>
                </li>)}</ol>}
        </section>
    );
}

function Requests({ host, newest }: { host: string; newest: Heard | undefined }) {
    const texts = t().host;
    const { data, error, again } = useFetched(() => get<{ items: Heard[] }>(`/host-requests/${seg(host)}?limit=8`), [host]);
    useEffect(() => {
        if (newest)
            void again();
    }, [newest]);
    const isGood = (one: Heard) => one.result === 'good' || one.result === 'nochg';
    return (
        <section class="card">
            <h2>{texts.requests}</h2>
            {error ? <Trouble error={error} again={again} /> : !data ? <Skeleton /> : !data.items.length ? <p class="muted">{texts.requestsNone}</p>
                : <ol class="plain-list requests">{data.items.map(one => <li key={one.number} class={one.number === newest?.number ? 'fresh' : ''}>
                    <p><span class={isGood(one) ? 'good' : 'bad'}><Icon name={isGood(one) ? 'check' : 'warn'} /></span>{' '}
                        {texts.results[one.result] ?? one.result} <span class="muted small">· <Ago time={one.time} />{one.source && ` · ${one.source}`}{!one.encrypted && ` · ${texts.inClear}`}</span></p>
                    {!isGood(one) && <p class="advice">{texts.advice[one.result] ?? one.why}</p>}
                </li>)}</ol>}
        </section>
    );
}

/* ----- tokens ----- */

export function Secret({ token, host, close }: { token: TokenMade; host?: string; close: () => void }) {
    const texts = t().host;
    const rows: [string, string][] = host
        ? [[texts.server, location.host], [texts.user, host], [texts.secret, token.secret!],
            [texts.url, `${location.origin}/nic/update?hostname=${host}`]]
        : [[texts.secret, token.secret!]];
    const qr = token.qr as { qr_path?: string; qr_side?: number } | undefined;
    return (
        <Dialog title={texts.secretTitle} close={close}>
            <p>{texts.secretLead}</p>
            <dl class="secret">{rows.map(([label, value]) => <div key={label}>
                <dt>{label}</dt><dd><code>{value}</code><Copy text={value} label={label} /></dd></div>)}</dl>
            {qr?.qr_path && qr.qr_side && <Qr path={qr.qr_path} side={qr.qr_side} label={texts.qr} />}
            <div class="actions"><Button kind="main" onClick={close}>{t().form.done}</Button></div>
        </Dialog>
    );
}

function Tokens({ host }: { host: string }) {
    const texts = t().host;
    const { data, error, again } = useFetched(() => all<Token>(`/tokens?host=${seg(host)}`), [host]);
    const [adds, setAdds] = useState(false);
    const [label, setLabel] = useState('');
    const [made, setMade] = useState<TokenMade>();
    const [leaving, setLeaving] = useState<Token>();
    const make = async (of: Partial<Token> & { label: string }) => {
        const body: Record<string, unknown> = { hosts: [host], label: of.label };
        if (of.rights)
            body.rights = of.rights;
        if (of.networks?.length)
            body.networks = of.networks;
        setMade(await call<TokenMade>('POST', '/tokens', body));
        setAdds(false);
        setLabel('');
        await again();
    };
    return (
        <section class="card">
            <div class="head"><h2>{texts.tokens}</h2>
                <Button icon={adds ? 'cross' : 'plus'} onClick={() => setAdds(!adds)}>{adds ? t().form.cancel : texts.newToken}</Button></div>
            <p class="muted">{texts.tokensLead}</p>
            {adds && <Form submit={texts.make} send={() => make({ label: label.trim() })}>
                {failure => <Field label={texts.label} hint={texts.labelHint} value={label} set={setLabel} focus error={failure?.field('label') ?? ''} />}
            </Form>}
            {error ? <Trouble error={error} again={again} /> : !data ? <Skeleton /> : !data.length ? <p class="note"><Icon name="key" /> {texts.tokensNone}</p>
                : <ul class="things">{data.map(token => <li key={token.id}>
                    <div><p><strong>{token.label || token.hint + '…'}</strong> <code class="muted small">{token.hint}…</code></p>
                        <p class="muted small">{token.last_used ? <>{texts.used} <Ago time={token.last_used} /></> : texts.notUsed}
                            {!!token.exposed && <span class="bad"> · <Icon name="warn" /> {texts.exposed}</span>}
                            {!!token.networks?.length && ` · ${token.networks.join(' ')}`}</p></div>
                    <div class="actions">
                        <Button kind="quiet" onClick={() => make({ ...token, label: token.label ?? '' })} label={`${texts.rotate}: ${token.label || token.hint}`}>{texts.rotate}</Button>
                        <Button kind="quiet" onClick={() => setLeaving(token)} label={`${texts.revoke}: ${token.label || token.hint}`}>{texts.revoke}</Button>
                    </div>
                </li>)}</ul>}
            {made && <Secret token={made} host={host} close={() => setMade(undefined)} />}
            {leaving && <Dialog title={texts.revokeAsk} close={() => setLeaving(undefined)}>
                <p><strong>{leaving.label || leaving.hint}</strong></p><p>{texts.revokeLead}</p>
                <div class="actions"><Button kind="danger" onClick={async () => {
                    await call('DELETE', `/tokens/${leaving.id}`);
                    setLeaving(undefined);
                    say(texts.revoked);
                    await again();
                }}>{texts.revoke}</Button><Button onClick={() => setLeaving(undefined)}>{t().form.cancel}</Button></div>
            </Dialog>}
        </section>
    );
}

/* ----- settings ----- */

function Settings({ host }: { host: Host }) {
    const texts = t().host;
    const [ttl, setTtl] = useState(String(host.ttl));
    const path = `/hosts/${seg(host.name!)}`;
    useEffect(() => setTtl(String(host.ttl)), [host.ttl]);
    async function change(to: HostChange) {
        const before: Record<string, unknown> = {};
        for (const name of Object.keys(to))
            before[name] = host[name as keyof Host];
        await call('PATCH', path, to);
        say(texts.changed, async () => {
            await call('PATCH', path, before);
            say(t().form.undone);
        });
    }
    const quietly = (to: HostChange) => void change(to).catch(complain);
    return (
        <section class="card">
            <h2>{texts.settings}</h2>
            <Check label={texts.off} hint={texts.offHint} value={host.state === 'offline'} disabled={host.state !== 'offline' && host.state !== 'active'}
                set={off => quietly({ state: off ? 'offline' : 'active' })} />
            <Check label={texts.wildcard} value={!!host.wildcard} set={wildcard => quietly({ wildcard })} />
            <Check label={texts.roundRobin} value={!!host.round_robin} set={round_robin => quietly({ round_robin })} />
            <Choice label={texts.mode} value={host.mode!} set={mode => quietly({ mode: mode as 'dual' | 'follow' })}
                options={[['dual', texts.dual], ['follow', texts.follow]]} />
            <Choice label={texts.liveness} hint={texts.livenessHint} value={String(host.liveness ?? 0)} set={value => quietly({ liveness: Number(value) })}
                options={[['0', texts.any], ['3600', texts.hourly], ['86400', texts.daily], ['604800', texts.weekly],
                    ...([0, 3600, 86400, 604800].includes(host.liveness ?? 0) ? [] : [[String(host.liveness), lasting(host.liveness!)] as [string, string]])]} />
            <Form submit={t().form.save} send={() => change({ ttl: Number(ttl) })}>
                {failure => <Field label={texts.ttl} type="number" value={ttl} set={setTtl} required error={failure?.field('ttl') ?? ''} />}
            </Form>
        </section>
    );
}

function Delete({ name }: { name: string }) {
    const texts = t().host;
    const [asks, setAsks] = useState(false);
    const [typed, setTyped] = useState('');
    return (
        <section class="card danger-zone">
            <div class="head"><h2>{texts.remove}</h2><Button kind="danger" onClick={() => setAsks(true)}>{texts.remove}</Button></div>
            <p class="muted">{texts.removeLead}</p>
            {asks && <Dialog title={fill(texts.removeAsk, { name })} close={() => setAsks(false)}>
                <Form kind="danger" submit={texts.remove} extra={<Button onClick={() => setAsks(false)}>{t().form.cancel}</Button>} send={async () => {
                    if (typed.trim().toLowerCase() !== name)
                        throw new Failure(400, { errors: [{ field: 'name', message: texts.removeType }] });
                    await call('DELETE', `/hosts/${seg(name)}`);
                    setAsks(false);
                    say(fill(texts.removedDone, { name }));
                    go('/hosts', true);
                }}>
                    {failure => <Field label={texts.removeType} hint={<code>{name}</code>} value={typed} set={setTyped} required focus error={failure?.field('name') ?? ''} />}
                </Form>
            </Dialog>}
        </section>
    );
}

/* ----- the page ----- */

export function HostPage() {
    const texts = t().host;
    const name = place.get().rest;
    const { data: host, error, again, set } = useFetched(() => get<Host>(`/hosts/${seg(name)}`), [name]);
    const [newest, setNewest] = useState<Heard>();
    const [seq, setSeq] = useState(0);
    const [isGone, setIsGone] = useState(false);
    const now = useRef<Host | undefined>(undefined);
    now.current = host;
    useEffect(() => listen(event => {
        if (event.kind === 'host' && event.host.name === name) {
            set(latest(event.host, now.current));
        } else if (event.kind === 'removed' && event.name === name) {
            setIsGone(true);
        } else if ((event.kind === 'heard' || event.kind === 'failed') && event.request.host === name) {
            setNewest(event.request);
            if (event.kind === 'heard' && now.current && !event.request.dry_run)
                set({ ...now.current, last_seen: event.request.time });
        } else if (event.kind === 'published' && event.seq >= (now.current?.last_change ?? Infinity)) {
            setSeq(now.current!.last_change!);
        } else if (event.kind === 'reset') {
            void again();
        }
    }), [name]);
    if (isGone || (error instanceof Failure && error.status === 404))
        return <Empty title={texts.missing}><p><a href="/hosts">{texts.back}</a></p></Empty>;
    if (error)
        return <Trouble error={error} again={again} />;
    if (!host)
        return <Skeleton lines={8} />;
    const failed = newest && newest.result !== 'good' && newest.result !== 'nochg' ? newest.time : 0;
    return (
        <>
            <p class="crumb"><a href="/hosts"><Icon name="back" /> {texts.back}</a></p>
            <div class="head"><h1 tabIndex={-1}>{host.name}</h1><State state={stateOf(host, failed)} /></div>
            <p class="lead" aria-live="polite">
                {host.last_seen ? fill(texts.heard, { ago: ago(host.last_seen) }) : texts.neverHeard}
                {!!host.liveness && ' ' + fill(texts.expects, { time: lasting(host.liveness) })}
            </p>
            <div class="columns">
                <div>
                    <Addresses host={host} />
                    <TruthCard host={host.name!} seq={seq} />
                    <History host={host} />
                </div>
                <div>
                    <Tokens host={host.name!} />
                    <Requests host={host.name!} newest={newest} />
                    <Settings host={host} />
                    <Delete name={host.name!} />
                </div>
            </div>
        </>
    );
}

// SPDX-License-Identifier: GPL-3.0-or-later
// One live list of all hosts.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { all, call, get, own, seg } from '../api';
import type { Host, NameCheck, ZoneChoice } from '../resources';
import { count, fill, t } from '../i18n';
import { listen } from '../live';
import { go, note, place } from '../router';
import { use } from '../signal';
import { type HostState, iconOf, newest, stateOf, toneOf, weightOf } from '../state';
import { Ago, Button, Choice, Empty, Field, Form, Icon, Skeleton, Trouble, say } from '../ui';

type Sort = 'name' | 'seen' | 'state';
const SHOWN_FIRST = 200;
const CHECK_MS = 250;

export function State({ state }: { state: HostState }) {
    return <span class={`state ${toneOf[state]}`}><Icon name={iconOf[state]} /> {t().hosts.states[state]}</span>;
}

/* ----- adding ----- */

function Add({ zones, taken, focus }: { zones: ZoneChoice[]; taken: (host: Host) => void; focus: boolean }) {
    const texts = t().hosts;
    const [label, setLabel] = useState('');
    const [zone, setZone] = useState(zones[0]?.name ?? '');
    const [check, setCheck] = useState<NameCheck>();
    const name = `${label.trim().toLowerCase()}.${zone}`;
    useEffect(() => {
        setCheck(undefined);
        if (!label.trim() || !zone)
            return;
        let alive = true;
        const timer = setTimeout(() => {
            get<NameCheck>(`/name-checks/${seg(name)}`).then(found => alive && setCheck(found), () => undefined);
        }, CHECK_MS);
        return () => {
            alive = false;
            clearTimeout(timer);
        };
    }, [name]);
    const verdict = check?.verdict;
    const words = verdict && verdict !== 'free' ? texts.verdicts[verdict] : '';
    return (
        <div class="add">
            <Form submit={texts.submit} send={async () => {
                const host = await call<Host>('POST', '/hosts', { name });
                taken(host);
                setLabel('');
                say(fill(texts.added, { name }));
                go(`/hosts/${seg(host.name!)}`);
            }}>
                {failure => <div class="one-line">
                    <Field label={texts.name} value={label} set={setLabel} required focus={focus} placeholder="home"
                        error={words || (failure?.field('name') ?? '')}
                        hint={verdict === 'free' ? <span class="good"><Icon name="check" /> {fill(texts.free, { name })}</span> : ''} />
                    {zones.length > 1
                        ? <Choice label={texts.zone} value={zone} set={setZone} options={zones.map(one => [one.name!, '.' + one.name!])} />
                        : <p class="suffix">.{zone}</p>}
                </div>}
            </Form>
        </div>
    );
}

/* ----- the list ----- */

interface Found {
    hosts: Map<string, Host>;
    failed: Map<string, number>;
    isWhole: boolean;
}

function useHosts() {
    const [found, setFound] = useState<Found>({ hosts: new Map(), failed: new Map(), isWhole: false });
    const [error, setError] = useState<unknown>();
    const [fresh, setFresh] = useState('');
    const table = useRef(found);
    const put = (change: (now: Found) => void, isWhole = table.current.isWhole) => {
        const now = { hosts: table.current.hosts, failed: table.current.failed, isWhole };
        change(now);
        table.current = now;
        setFound(now);
    };
    async function fetch() {
        const hosts = new Map<string, Host>();
        setError(undefined);
        try {
            await all<Host>('/hosts', items => {
                for (const host of items) {
                    hosts.set(host.name!, host);
                    table.current.hosts.set(host.name!, host);
                }
                put(() => undefined);
            });
            put(now => { now.hosts = hosts; }, true);
        } catch (failure) {
            if (!table.current.isWhole)
                setError(failure);
        }
    }
    useEffect(() => {
        // The stream first, then the list: nothing is missed between the two.
        const end = listen(event => {
            if (event.kind === 'host') {
                const before = table.current.hosts.get(event.host.name!);
                if (before && before.addresses?.join() !== event.host.addresses?.join())
                    setFresh(event.host.name!);
                put(now => now.hosts.set(event.host.name!, newest(event.host, before)));
            } else if (event.kind === 'removed') {
                put(now => now.hosts.delete(event.name));
            } else if (event.kind === 'heard') {
                const host = table.current.hosts.get(event.request.host);
                if (host && !event.request.dry_run)
                    put(now => {
                        now.hosts.set(event.request.host, { ...host, last_seen: event.request.time });
                        now.failed.delete(event.request.host);
                    });
            } else if (event.kind === 'failed') {
                put(now => now.failed.set(event.request.host, event.request.time));
            } else if (event.kind === 'reset') {
                void fetch();
            }
        });
        void fetch();
        return end;
    }, []);
    return { found, error, fetch, put, fresh };
}

function compare(sort: Sort, failed: Map<string, number>) {
    const byName = (a: Host, b: Host) => a.name!.localeCompare(b.name!);
    if (sort === 'seen')
        return (a: Host, b: Host) => (b.last_seen ?? 0) - (a.last_seen ?? 0) || byName(a, b);
    if (sort === 'state')
        return (a: Host, b: Host) => weightOf[stateOf(a, failed.get(a.name!))] - weightOf[stateOf(b, failed.get(b.name!))] || byName(a, b);
    return byName;
}

function Row({ host, failed, fresh }: { host: Host; failed: number | undefined; fresh: boolean }) {
    const texts = t().hosts;
    const cut = host.name!.length - (host.zone?.length ?? 0) - 1;
    return (
        <tr class={fresh ? 'fresh' : ''}>
            <th scope="row">
                <a href={`/hosts/${seg(host.name!)}`}>{host.name!.slice(0, cut)}<span class="muted">{host.name!.slice(cut)}</span></a>
            </th>
            <td class="mono">
                {host.addresses?.length ? host.addresses.map(one => <span key={one} class="one">{one}</span>)
                    : <span class="muted plain">{texts.noAddress}</span>}
            </td>
            <td class="muted">{host.last_seen ? <Ago time={host.last_seen} /> : t().form.never}</td>
            <td><State state={stateOf(host, failed)} /></td>
        </tr>
    );
}

export function Hosts() {
    const texts = t().hosts;
    const { found, error, fetch, put, fresh } = useHosts();
    const [zones, setZones] = useState<ZoneChoice[]>();
    const query = place.get().query;
    const [search, setSearch] = useState(query.get('q') ?? '');
    const [sort, setSort] = useState((query.get('sort') ?? 'name') as Sort);
    const [adds, setAdds] = useState(false);
    const [isAll, setIsAll] = useState(false);
    const account = use(own)?.account;
    useEffect(() => {
        all<ZoneChoice>('/zone-choices').then(setZones, () => setZones([]));
    }, []);
    useEffect(() => note({ q: search, sort: sort === 'name' ? '' : sort }), [search, sort]);
    const shown = useMemo(() => {
        const wanted = search.trim().toLowerCase();
        return [...found.hosts.values()]
            .filter(host => !wanted || host.name!.includes(wanted) || host.addresses?.some(one => one.includes(wanted)))
            .sort(compare(sort, found.failed));
    }, [found, search, sort]);

    if (account?.state === 'waiting')
        return <Empty title={t().account.waiting} />;
    if (error)
        return <Trouble error={error} again={fetch} />;
    const isEmpty = found.isWhole && found.hosts.size === 0;
    const add = zones && (zones.length
        ? <Add zones={zones} focus={adds} taken={host => put(now => now.hosts.set(host.name!, host))} />
        : <p class="note">{texts.noZone}</p>);
    return (
        <>
            <div class="head">
                <h1 tabIndex={-1}>{texts.title} {found.hosts.size > 0 && <span class="muted count">{count(texts.count, found.hosts.size)}</span>}</h1>
                {!isEmpty && zones && <Button kind={adds ? 'quiet' : 'main'} icon={adds ? 'cross' : 'plus'} onClick={() => setAdds(!adds)}>
                    {adds ? t().form.cancel : texts.add}</Button>}
            </div>
            {!isEmpty && adds && <div class="card">{add}</div>}
            {isEmpty && <div class="card"><h2>{texts.none}</h2><p>{texts.noneLead}</p>{add ?? <Skeleton lines={1} />}</div>}
            {!isEmpty && found.hosts.size > 0 && <div class="tools" role="search">
                <Field label={texts.search} hideLabel type="search" value={search} set={setSearch} placeholder={texts.search} />
                <Choice label={texts.sort} value={sort} set={value => setSort(value as Sort)}
                    options={[['name', texts.byName], ['seen', texts.bySeen], ['state', texts.byState]]} />
            </div>}
            {!found.isWhole && found.hosts.size === 0 && <Skeleton lines={6} />}
            {shown.length > 0 && <table class="list">
                <thead><tr><th scope="col">{texts.name}</th><th scope="col">{texts.address}</th>
                    <th scope="col">{texts.seen}</th><th scope="col">{texts.state}</th></tr></thead>
                <tbody>
                    {(isAll ? shown : shown.slice(0, SHOWN_FIRST)).map(host =>
                        <Row key={host.name} host={host} failed={found.failed.get(host.name!)} fresh={fresh === host.name} />)}
                </tbody>
            </table>}
            {!isAll && shown.length > SHOWN_FIRST && <Button onClick={() => setIsAll(true)}>{t().form.more}</Button>}
            {found.isWhole && !isEmpty && shown.length === 0 && <Empty title={texts.noMatch} />}
            <p class="unseen" aria-live="polite">{fresh && fill(texts.changed, { name: fresh })}</p>
        </>
    );
}

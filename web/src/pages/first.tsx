// SPDX-License-Identifier: GPL-3.0-or-later
// The first visit: what this is, one's own address, the way in.
import { useEffect, useState } from 'preact/hooks';
import { isPrivate, isShared, see, type Seen } from '../address';
import { get, own } from '../api';
import type { Service } from '../resources';
import { t } from '../i18n';
import { use } from '../signal';
import { Copy, Icon } from '../ui';
import { LoginForm } from './login';

function Address({ family, address }: { family: string; address: string | null | undefined }) {
    const texts = t().first;
    return (
        <div class="address">
            <dt>{family}</dt>
            <dd class={address ? 'mono' : 'muted'}>
                {address ?? (address === undefined ? <span class="pulse">{texts.asking}</span> : texts.none)}
                {address && <Copy text={address} label={family} />}
            </dd>
        </div>
    );
}

function sentence(seen: Seen, service: Service): string {
    const texts = t().first;
    if (seen.v4 && isShared(seen.v4))
        return texts.cgnat;
    if (isPrivate(seen.v4 ?? seen.v6 ?? '8.8.8.8'))
        return texts.private;
    if (seen.v4 === null && seen.v6 && service.origin_4)
        return texts.only6;
    if (seen.v6 === null && seen.v4 && service.origin_6)
        return texts.only4;
    return '';
}

export function First() {
    const texts = t().first;
    const account = use(own)?.account;
    const [service, setService] = useState<Service>();
    const [seen, setSeen] = useState<Seen>({ v4: undefined, v6: undefined });
    useEffect(() => {
        let alive = true;
        void (async () => {
            const found = await get<Service>('/service').catch(() => undefined);
            if (!alive)
                return;
            setService(found);
            await see(found?.origin_4 ?? '', found?.origin_6 ?? '', now => alive && setSeen(now));
        })();
        return () => { alive = false; };
    }, []);
    const words = service ? sentence(seen, service) : '';
    const line = `curl -u NAME:TOKEN ${location.origin}/nic/update?hostname=NAME`;
    return (
        <div class="first">
            <section class="welcome">
                <h1 tabIndex={-1}>{texts.title}</h1>
                <p class="lead">{texts.lead}</p>
                <div class="card">
                    <h2>{texts.yours}</h2>
                    <dl class="addresses">
                        <Address family={texts.v4} address={seen.v4} />
                        <Address family={texts.v6} address={seen.v6} />
                    </dl>
                    {words && <p class="note"><Icon name="warn" /> {words}</p>}
                </div>
                <p class="hint">{texts.curl}</p>
                <div class="line"><code>{line}</code><Copy text={line} label="curl" /></div>
            </section>
            <section class="card way-in" aria-label={t().login.title}>
                {account
                    ? <>
                        <h2>{texts.welcome}</h2>
                        <p class="muted">{account.email}</p>
                        <p><a class="button main" href="/hosts">{texts.toHosts}</a></p>
                    </>
                    : <LoginForm heading="h2" service={service} />}
            </section>
        </div>
    );
}

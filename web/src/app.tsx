// SPDX-License-Identifier: GPL-3.0-or-later
// What all pages have around them, and which page it is.
import type { FunctionComponent } from 'preact';
import { lazyPage } from './lazy';
import { useEffect, useRef } from 'preact/hooks';
import { call, know, offline, own } from './api';
import { FreshDialog } from './fresh';
import { choose, language, languageNames, remember, t } from './i18n';
import { type PageName, go, place } from './router';
import { use } from './signal';
import { Button, Icon, Skeleton, Toasts } from './ui';
import { First } from './pages/first';
import { Login } from './pages/login';
import { Missing } from './pages/missing';

const Confirm = lazyPage(async () => (await import('./pages/confirm')).Confirm);
const Reset = lazyPage(async () => (await import('./pages/confirm')).Reset);
const Address = lazyPage(async () => (await import('./pages/confirm')).Address);
const SignUp = lazyPage(async () => (await import('./pages/signup')).SignUp);
const Forgot = lazyPage(async () => (await import('./pages/signup')).Forgot);
const Hosts = lazyPage(async () => (await import('./pages/hosts')).Hosts);
const HostPage = lazyPage(async () => (await import('./pages/host')).HostPage);
const AccountPage = lazyPage(async () => (await import('./pages/account')).AccountPage);

const pages: Record<PageName, { page: FunctionComponent; title: () => string; own?: boolean }> = {
    first: { page: First, title: () => t().first.title },
    login: { page: Login, title: () => t().login.title },
    signup: { page: SignUp, title: () => t().signup.title },
    forgot: { page: Forgot, title: () => t().forgot.title },
    confirm: { page: Confirm, title: () => t().confirm.title },
    reset: { page: Reset, title: () => t().confirm.resetTitle },
    address: { page: Address, title: () => t().address.title },
    hosts: { page: Hosts, title: () => t().hosts.title, own: true },
    host: { page: HostPage, title: () => place.get().rest, own: true },
    account: { page: AccountPage, title: () => t().account.title, own: true },
    missing: { page: Missing, title: () => t().missing.title },
};

async function logOut(): Promise<void> {
    await call('DELETE', '/session');
    await know();
    go('/');
}

function Languages() {
    const now = use(language);
    return (
        <div class="languages" role="group" aria-label={t().account.language}>
            {Object.entries(languageNames).map(([tag, name]) => (
                <button key={tag} type="button" class="button quiet small" lang={tag}
                    aria-pressed={tag === now} onClick={() => {
                        remember(tag);
                        void choose(tag);
                    }}>{name}</button>
            ))}
        </div>
    );
}

function Header({ page }: { page: PageName }) {
    const known = use(own);
    const current = (name: string) => ({ 'aria-current': page.startsWith(name) ? 'page' as const : undefined });
    return (
        <header class="top">
            <a href="/" class="brand"><svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
                <rect width="32" height="32" rx="8" /><path d="M9 23V9h8.2a4.7 4.7 0 0 1 0 9.4H9m7 0L22.5 23" />
                <circle cx="24.5" cy="8" r="2.5" /></svg>Rove</a>
            <nav aria-label={t().form.menu}>
                {known?.account && <>
                    <a href="/hosts" {...current('host')}>{t().nav.hosts}</a>
                    <a href="/account" {...current('account')}>{t().nav.account}</a>
                    <Button kind="quiet" onClick={logOut}>{t().nav.logout}</Button>
                </>}
                {known && !known.account && page !== 'login' && page !== 'first' &&
                    <a href="/login">{t().nav.login}</a>}
            </nav>
        </header>
    );
}

export function App() {
    use(language);
    const at = use(place);
    const known = use(own);
    const away = use(offline);
    const content = useRef<HTMLElement>(null);
    const begun = useRef(false);
    const entry = pages[at.page];
    const strange = entry.own && known && !known.account;
    const Page = strange ? Login : entry.page;

    useEffect(() => {
        document.title = `${entry.title()} · Rove`;
    });
    useEffect(() => {
        // The first page has the browser's own focus; later ones begin at their heading.
        if (begun.current)
            content.current?.querySelector<HTMLElement>('h1')?.focus();
        begun.current = true;
    }, [at.page, at.rest]);

    return (
        <>
            <a class="skip" href="#content">{t().form.skip}</a>
            <Header page={at.page} />
            {away && <p class="offline" role="alert"><Icon name="warn" /> {t().offline}</p>}
            <main id="content" ref={content} tabIndex={-1}>
                {entry.own && !known ? <Skeleton lines={5} /> : <Page key={at.page + at.rest} />}
            </main>
            <footer><Languages /></footer>
            <Toasts />
            <FreshDialog />
        </>
    );
}

// SPDX-License-Identifier: GPL-3.0-or-later
// Asking for an account, or for another password: both are answered by a mail.
import { useEffect, useState } from 'preact/hooks';
import { call, get } from '../api';
import type { Service } from '../resources';
import { fill, language, t } from '../i18n';
import { Field, Form } from '../ui';

function Sent({ lead, email }: { lead: string; email: string }) {
    return (
        <section class="narrow card">
            <h1 tabIndex={-1}>{t().signup.sent}</h1>
            <p>{fill(lead, { email })}</p>
            <p class="aside"><a href="/login">{t().nav.login}</a></p>
        </section>
    );
}

export function SignUp() {
    const texts = t().signup;
    const [email, setEmail] = useState('');
    const [sent, setSent] = useState(false);
    const [service, setService] = useState<Service>();
    useEffect(() => {
        get<Service>('/service').then(setService, () => undefined);
    }, []);
    if (sent)
        return <Sent lead={texts.sentLead} email={email} />;
    return (
        <section class="narrow card">
            <h1 tabIndex={-1}>{texts.title}</h1>
            <p>{texts.lead}</p>
            {service?.sign_up === 'approval' && <p class="note">{texts.approval}</p>}
            <Form submit={texts.submit} send={async () => {
                await call('POST', '/signups', { email: email.trim(), language: language.get() });
                setSent(true);
            }}>
                {failure => <Field label={t().form.email} type="email" value={email} set={setEmail} required focus
                    autocomplete="email" error={failure?.field('email') ?? ''} />}
            </Form>
            <p class="aside">{texts.have} <a href="/login">{t().nav.login}</a></p>
        </section>
    );
}

export function Forgot() {
    const texts = t().forgot;
    const [email, setEmail] = useState('');
    const [sent, setSent] = useState(false);
    if (sent)
        return <Sent lead={texts.sentLead} email={email} />;
    return (
        <section class="narrow card">
            <h1 tabIndex={-1}>{texts.title}</h1>
            <p>{texts.lead}</p>
            <Form submit={texts.submit} send={async () => {
                await call('POST', '/resets', { email: email.trim() });
                setSent(true);
            }}>
                {failure => <Field label={t().form.email} type="email" value={email} set={setEmail} required focus
                    autocomplete="username" error={failure?.field('email') ?? ''} />}
            </Form>
        </section>
    );
}

// SPDX-License-Identifier: GPL-3.0-or-later
// Asks for the password or a passkey once more, then what was asked for goes on.
import { useState } from 'preact/hooks';
import { ask, call, own } from './api';
import { t } from './i18n';
import { canHave, confirm, wasTurnedAway } from './passkey';
import { signalOf, use } from './signal';
import { Button, Dialog, Field, Form, complain } from './ui';

const waiting = signalOf<((done: boolean) => void)[]>([]);

ask.fresh = () => new Promise(done => waiting.set([...waiting.get(), done]));

function end(done: boolean): void {
    const all = waiting.get();
    waiting.set([]);
    for (const fn of all)
        fn(done);
}

export function FreshDialog() {
    const isOpen = use(waiting).length > 0;
    return isOpen ? <Asking /> : null;
}

function Asking() {
    const [password, setPassword] = useState('');
    const account = own.get()?.account;
    async function byPasskey() {
        try {
            await confirm();
            end(true);
        } catch (error) {
            if (!wasTurnedAway(error))
                complain(error);
        }
    }
    return (
        <Dialog title={t().fresh.title} close={() => end(false)}>
            <p>{t().fresh.lead}</p>
            {!!account?.passkeys && canHave() &&
                <Button kind="main" icon="key" onClick={byPasskey}>{t().fresh.passkey}</Button>}
            <Form submit={t().fresh.submit} send={async () => {
                await call('POST', '/session/fresh', { password: password.normalize('NFC') });
                end(true);
            }}>
                {failure => <>
                    <input class="unseen" type="text" autocomplete="username" value={account?.email ?? ''} readOnly
                        tabIndex={-1} aria-hidden="true" />
                    <Field label={t().form.password} type="password" value={password} set={setPassword} required
                        focus={!account?.passkeys} autocomplete="current-password" error={failure?.field('password') ?? ''} />
                </>}
            </Form>
        </Dialog>
    );
}

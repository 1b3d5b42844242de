// SPDX-License-Identifier: GPL-3.0-or-later
import { render } from 'preact';
import { App } from './app';
import { know, own } from './api';
import { choose, preferred } from './i18n';
import { start } from './router';

async function begin(): Promise<void> {
    await choose(preferred());
    start();
    render(<App />, document.getElementById('app')!);
    try {
        await know();
    } catch {
        own.set({ account: null });
    }
}

void begin();

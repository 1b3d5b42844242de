// SPDX-License-Identifier: GPL-3.0-or-later
// Pages that come when they are wanted.
import type { FunctionComponent } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Skeleton, Trouble } from './ui';

export function lazyPage(load: () => Promise<FunctionComponent>): FunctionComponent {
    let loaded: FunctionComponent | undefined;
    return function Lazy() {
        const [state, setState] = useState<{ error?: unknown; turn: number }>({ turn: 0 });
        async function fetch() {
            try {
                loaded = await load();
                setState(before => ({ turn: before.turn + 1 }));
            } catch (error) {
                setState(before => ({ error, turn: before.turn + 1 }));
            }
        }
        useEffect(() => {
            if (!loaded)
                void fetch();
        }, []);
        if (loaded) {
            const Page = loaded;
            return <Page />;
        }
        return state.error ? <Trouble error={state.error} again={fetch} /> : <Skeleton lines={5} />;
    };
}

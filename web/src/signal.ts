// SPDX-License-Identifier: GPL-3.0-or-later
// A value that components follow.
import { useEffect, useState } from 'preact/hooks';

export interface Signal<T> {
    get(): T;
    set(value: T): void;
    follow(fn: () => void): () => void;
}

export function signalOf<T>(first: T): Signal<T> {
    let value = first;
    const followers = new Set<() => void>();
    return {
        get: () => value,
        set(next) {
            if (next === value)
                return;
            value = next;
            for (const fn of [...followers])
                fn();
        },
        follow(fn) {
            followers.add(fn);
            return () => followers.delete(fn);
        },
    };
}

export function use<T>(signal: Signal<T>): T {
    const [, again] = useState(0);
    const shown = signal.get();
    useEffect(() => {
        // It may have changed since it was shown: a reply can be faster than the first effect.
        if (signal.get() !== shown)
            again(n => n + 1);
        return signal.follow(() => again(n => n + 1));
    }, [signal]);
    return shown;
}

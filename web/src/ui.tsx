// SPDX-License-Identifier: GPL-3.0-or-later
// The parts that pages are made of.
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { Failure } from './api';
import { ago, exactly, t } from './i18n';
import { signalOf, use } from './signal';

/* ----- icons ----- */

const shapes = {
    check: 'M5 12.5l4.5 4.5L19 7.5',
    copy: 'M9 9h10v10H9zM5 15V5h10',
    plus: 'M12 5v14M5 12h14',
    warn: 'M12 4l9 16H3zM12 10v4M12 17v.5',
    cross: 'M6 6l12 12M18 6L6 18',
    search: 'M11 4a7 7 0 1 1 0 14a7 7 0 0 1 0-14zM16.5 16.5L21 21',
    clock: 'M12 3a9 9 0 1 1 0 18a9 9 0 0 1 0-18zM12 7v5l3 2',
    key: 'M8 11a4 4 0 1 1 0 8a4 4 0 0 1 0-8zM11 12l8-8M16 7l3 3',
    pause: 'M8 5v14M16 5v14',
    dots: 'M5 12h.1M12 12h.1M19 12h.1',
    back: 'M15 5l-7 7 7 7',
    undo: 'M8 5L4 9l4 4M4 9h10a5 5 0 0 1 0 10h-4',
} as const;
export type IconName = keyof typeof shapes;

export function Icon({ name }: { name: IconName }) {
    return (
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
            <path d={shapes[name]} />
        </svg>
    );
}

/* ----- buttons and fields ----- */

interface ButtonProps {
    children: ComponentChildren;
    kind?: 'main' | 'plain' | 'quiet' | 'danger';
    icon?: IconName;
    submit?: boolean;
    busy?: boolean;
    disabled?: boolean;
    label?: string;
    onClick?: () => unknown;
}

/** Stays as it is until what it does is done. */
export function Button(props: ButtonProps) {
    const [busy, setBusy] = useState(false);
    const alive = useRef(true);
    useEffect(() => () => { alive.current = false; }, []);
    const isBusy = busy || props.busy;
    async function click() {
        setBusy(true);
        try {
            await props.onClick?.();
        } catch (error) {
            complain(error);
        } finally {
            if (alive.current)
                setBusy(false);
        }
    }
    return (
        <button type={props.submit ? 'submit' : 'button'} class={`button ${props.kind ?? 'plain'}`}
            disabled={!!props.disabled || !!isBusy} aria-busy={isBusy ? 'true' : undefined}
            aria-label={props.label} onClick={props.submit ? undefined : () => void click()}>
            {props.icon && <Icon name={props.icon} />}
            <span>{props.children}</span>
        </button>
    );
}

interface FieldProps {
    label: string;
    value: string;
    set: (value: string) => void;
    type?: 'text' | 'email' | 'password' | 'number' | 'search';
    hint?: ComponentChildren;
    error?: string;
    autocomplete?: string;
    required?: boolean;
    focus?: boolean;
    code?: boolean;
    placeholder?: string;
    minLength?: number;
    hideLabel?: boolean;
    list?: string;
    disabled?: boolean;
}

export function Field(props: FieldProps) {
    const id = useId();
    const box = useRef<HTMLInputElement>(null);
    const [shown, setShown] = useState(false);
    useEffect(() => {
        if (props.focus)
            box.current?.focus();
    }, [props.focus]);
    useEffect(() => {
        if (props.error)
            box.current?.focus();
    }, [props.error]);
    const type = props.type === 'password' && shown ? 'text' : props.type ?? 'text';
    const rest = {
        autocomplete: props.autocomplete, placeholder: props.placeholder, minLength: props.minLength,
        spellcheck: false, autocapitalize: 'none',
        inputMode: props.code ? 'numeric' : props.type === 'number' ? 'numeric' : undefined,
        'aria-invalid': props.error ? 'true' : undefined,
        'aria-describedby': [props.hint && `${id}-hint`, props.error && `${id}-error`].filter(Boolean).join(' ') || undefined,
    } as object;
    return (
        <div class={`field ${props.error ? 'wrong' : ''}`}>
            <label for={id} class={props.hideLabel ? 'unseen' : ''}>{props.label}</label>
            <div class="box">
                <input {...rest} id={id} ref={box} type={type as 'text'} value={props.value}
                    required={!!props.required} autofocus={!!props.focus} disabled={!!props.disabled}
                    onInput={event => props.set(event.currentTarget.value)} />
                {props.type === 'password' &&
                    <button type="button" class="button quiet small" aria-pressed={shown}
                        onClick={() => setShown(!shown)}>{shown ? t().form.hide : t().form.show}</button>}
            </div>
            {props.hint && <p class="hint" id={`${id}-hint`}>{props.hint}</p>}
            {props.error && <p class="error" id={`${id}-error`}><Icon name="warn" /> {props.error}</p>}
        </div>
    );
}

export function Choice({ label, value, set, options, hint }: {
    label: string; value: string; set: (value: string) => void; options: [string, string][]; hint?: string;
}) {
    const id = useId();
    return (
        <div class="field">
            <label for={id}>{label}</label>
            <select id={id} value={value} onChange={event => set(event.currentTarget.value)}>
                {options.map(([key, text]) => <option key={key} value={key}>{text}</option>)}
            </select>
            {hint && <p class="hint">{hint}</p>}
        </div>
    );
}

export function Check({ label, value, set, hint, disabled }: {
    label: string; value: boolean; set: (value: boolean) => void; hint?: string; disabled?: boolean;
}) {
    const id = useId();
    return (
        <div class="check">
            <input id={id} type="checkbox" checked={value} disabled={!!disabled}
                aria-describedby={hint ? `${id}-hint` : undefined}
                onChange={event => set(event.currentTarget.checked)} />
            <div>
                <label for={id}>{label}</label>
                {hint && <p class="hint" id={`${id}-hint`}>{hint}</p>}
            </div>
        </div>
    );
}

/** A form that keeps what was typed, and shows what the service says beside the field. */
export function Form({ children, submit, send, extra, kind = 'main' }: {
    children: (failure: Failure | undefined) => ComponentChildren;
    submit: string;
    send: () => Promise<unknown>;
    extra?: ComponentChildren;
    kind?: 'main' | 'danger';
}) {
    const [failure, setFailure] = useState<Failure>();
    const [busy, setBusy] = useState(false);
    const alive = useRef(true);
    useEffect(() => () => { alive.current = false; }, []);
    async function onSubmit(event: Event) {
        event.preventDefault();
        if (busy)
            return;
        setBusy(true);
        setFailure(undefined);
        try {
            await send();
        } catch (error) {
            if (alive.current && error instanceof Failure)
                setFailure(error);
            else if (alive.current)
                complain(error);
        } finally {
            if (alive.current)
                setBusy(false);
        }
    }
    return (
        <form onSubmit={event => void onSubmit(event)}>
            {children(failure)}
            {failure && !failure.problem.errors?.length &&
                <p class="error" role="alert"><Icon name="warn" /> {wordsOf(failure)}</p>}
            <div class="actions">
                <Button submit kind={kind} busy={busy}>{submit}</Button>
                {extra}
            </div>
        </form>
    );
}

/** What went wrong, in the words of the page where it has some. */
export function wordsOf(error: unknown): string {
    const texts = t().problem;
    if (!(error instanceof Failure))
        return error instanceof Error ? error.message : String(error);
    const known: Record<string, string> = texts.codes;
    if (error.status === 429)
        return error.wait_s ? texts.wait.replace('{n}', String(error.wait_s)) : texts.codes.wait;
    return known[error.code] ?? (error.problem.errors?.[0] as { message?: string } | undefined)?.message ?? error.message;
}

/* ----- toasts ----- */

interface Toast {
    id: number;
    text: string;
    bad: boolean;
    undo?: () => unknown;
}

const toasts = signalOf<Toast[]>([]);
let toastId = 0;
const TOAST_MS = 6000;
const UNDO_MS = 12000;

function dismiss(id: number): void {
    toasts.set(toasts.get().filter(one => one.id !== id));
}

export function say(text: string, undo?: () => unknown, bad = false): void {
    const toast: Toast = undo ? { id: ++toastId, text, bad, undo } : { id: ++toastId, text, bad };
    toasts.set([...toasts.get().slice(-2), toast]);
    setTimeout(() => dismiss(toast.id), undo || bad ? UNDO_MS : TOAST_MS);
}

export function complain(error: unknown): void {
    say(wordsOf(error), undefined, true);
}

export function Toasts() {
    return (
        <div class="toasts" role="status" aria-live="polite">
            {use(toasts).map(toast => (
                <div key={toast.id} class={`toast ${toast.bad ? 'bad' : ''}`}>
                    <Icon name={toast.bad ? 'warn' : 'check'} />
                    <span>{toast.text}</span>
                    {toast.undo && <Button kind="quiet" icon="undo" onClick={async () => {
                        dismiss(toast.id);
                        await toast.undo?.();
                    }}>{t().form.undo}</Button>}
                    <button type="button" class="button quiet small" aria-label={t().form.close}
                        onClick={() => dismiss(toast.id)}><Icon name="cross" /></button>
                </div>
            ))}
        </div>
    );
}

/* ----- dialog ----- */

export function Dialog({ title, close, children }: {
    title: string; close: () => void; children: ComponentChildren;
}) {
    const box = useRef<HTMLDialogElement>(null);
    const id = useId();
    useEffect(() => {
        const before = document.activeElement as HTMLElement | null;
        const dialog = box.current;
        dialog?.showModal();
        return () => {
            dialog?.close();
            before?.focus?.();
        };
    }, []);
    return (
        <dialog ref={box} aria-labelledby={id} onCancel={event => { event.preventDefault(); close(); }}>
            <header>
                <h2 id={id}>{title}</h2>
                <button type="button" class="button quiet small" aria-label={t().form.close} onClick={close}>
                    <Icon name="cross" />
                </button>
            </header>
            {children}
        </dialog>
    );
}

/* ----- small things ----- */

/** Turns with the clock, once for all. */
const minute = signalOf(Date.now());
setInterval(() => {
    if (!document.hidden)
        minute.set(Date.now());
}, 20000);

export function Ago({ time }: { time: number }) {
    const now = use(minute);
    return <time dateTime={new Date(time * 1000).toISOString()} title={exactly(time)}>{ago(time, Math.max(now, time * 1000))}</time>;
}

export function Copy({ text, label }: { text: string; label: string }) {
    const [done, setDone] = useState(false);
    async function copy() {
        await navigator.clipboard.writeText(text);
        setDone(true);
        setTimeout(() => setDone(false), 2000);
    }
    return (
        <Button kind="quiet" icon={done ? 'check' : 'copy'} label={`${t().form.copy}: ${label}`} onClick={copy}>
            {done ? t().form.copied : t().form.copy}
        </Button>
    );
}

export function Qr({ path, side, label }: { path: string; side: number; label: string }) {
    return (
        <svg class="qr" viewBox={`0 0 ${side} ${side}`} role="img" aria-label={label} shape-rendering="crispEdges">
            <rect width={side} height={side} fill="#fff" />
            <path d={path} fill="#000" />
        </svg>
    );
}

export function Skeleton({ lines = 3 }: { lines?: number }) {
    return (
        <div class="skeleton" role="status" aria-label={t().form.loading}>
            {Array.from({ length: lines }, (_, i) => <span key={i} />)}
        </div>
    );
}

export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
    return <div class="empty"><p class="lead">{title}</p>{children}</div>;
}

/** Fetches when the key changes; says what went wrong and offers to try again. */
export function useFetched<T>(fetch: () => Promise<T>, key: unknown[]): {
    data: T | undefined; error: unknown; again: () => Promise<void>; set: (data: T) => void;
} {
    const [state, setState] = useState<{ data?: T; error?: unknown }>({});
    const turn = useRef(0);
    async function again() {
        const mine = ++turn.current;
        try {
            const data = await fetch();
            if (mine === turn.current)
                setState({ data });
        } catch (error) {
            if (mine === turn.current)
                setState(before => before.data === undefined ? { error } : before);
        }
    }
    useEffect(() => {
        setState({});
        void again();
        return () => { turn.current++; };
    }, key);
    return { data: state.data, error: state.error, again, set: data => setState({ data }) };
}

export function Trouble({ error, again }: { error: unknown; again: () => Promise<void> }) {
    return (
        <div class="empty" role="alert">
            <p class="lead"><Icon name="warn" /> {wordsOf(error)}</p>
            <Button onClick={again}>{t().form.again}</Button>
        </div>
    );
}

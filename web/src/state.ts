// SPDX-License-Identifier: GPL-3.0-or-later
// How a host fares, out of what the service tells of it.
import type { Host } from './resources';
import type { IconName } from './ui';

/** What is heard is told at once and written later, so a host as it was written may be behind. */
export function newest(host: Host, before: Host | undefined): Host {
    return { ...host, last_seen: Math.max(host.last_seen ?? 0, before?.last_seen ?? 0) };
}

export type HostState = 'fine' | 'new' | 'late' | 'failing' | 'offline' | 'disabled' | 'abuse' | 'fallback' | 'withdrawn' | 'withheld';

export function stateOf(host: Host, failedAt = 0, now_s = Date.now() / 1000): HostState {
    if (host.state !== 'active')
        return host.state;
    if (host.withheld?.length)
        return 'withheld';
    if (failedAt && failedAt >= (host.last_seen ?? 0))
        return 'failing';
    if (!host.last_seen && !host.addresses?.length)
        return 'new';
    return host.liveness && host.last_seen && now_s - host.last_seen > host.liveness ? 'late' : 'fine';
}

/** Each has a form of its own, so that colour is not all that tells. */
export const iconOf: Record<HostState, IconName> = {
    fine: 'check', new: 'dots', late: 'clock', failing: 'warn', offline: 'pause', disabled: 'pause', abuse: 'cross', fallback: 'clock', withdrawn: 'clock', withheld: 'cross',
};
export const toneOf: Record<HostState, 'calm' | 'warn' | 'bad' | 'good'> = {
    fine: 'good', new: 'calm', late: 'warn', failing: 'bad', offline: 'calm', disabled: 'calm', abuse: 'bad', fallback: 'warn', withdrawn: 'warn', withheld: 'bad',
};
/** What needs somebody comes first. */
export const weightOf: Record<HostState, number> = {
    failing: 0, abuse: 1, withheld: 2, withdrawn: 3, fallback: 4, late: 5, new: 6, offline: 7, disabled: 8, fine: 9,
};

// SPDX-License-Identifier: GPL-3.0-or-later
import { t } from '../i18n';

export function Missing() {
    const texts = t().missing;
    return (
        <section class="narrow centre">
            <p class="big" aria-hidden="true">404</p>
            <h1 tabIndex={-1}>{texts.title}</h1>
            <p>{texts.lead}</p>
            <p><a href="/">{texts.home}</a></p>
        </section>
    );
}

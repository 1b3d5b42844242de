// SPDX-License-Identifier: GPL-3.0-or-later
// Writes the types of the API's resources: node web/types.mjs OPENAPI.JSON > web/src/resources.d.ts
// A system test compares them with what the service says.
import { readFileSync } from 'node:fs';

const document = JSON.parse(readFileSync(process.argv[2] ?? 0, 'utf8'));

const reference = text => text.split('/').pop();

function typeOf(schema) {
    if (schema.$ref)
        return reference(schema.$ref);
    if (schema.enum)
        return schema.enum.map(word => JSON.stringify(word)).join(' | ');
    const kinds = [schema.type ?? 'object'].flat();
    return kinds.map(kind => {
        switch (kind) {
        case 'integer':
        case 'number':
            return 'number';
        case 'array': {
            const item = typeOf(schema.items ?? {});
            return /[ |]/.test(item) ? `(${item})[]` : `${item}[]`;
        }
        case 'object':
            return schema.properties ? members(schema, '    ') : '{ [name: string]: unknown }';
        default:
            return kind;
        }
    }).join(' | ');
}

function members(schema, indent = '') {
    const required = new Set(schema.required ?? []);
    const lines = Object.entries(schema.properties).map(([name, member]) => {
        const about = member.description ? `${indent}    /** ${member.description} */\n` : '';
        return `${about}${indent}    ${name}${required.has(name) ? '' : '?'}: ${typeOf(member)};\n`;
    });
    return `{\n${lines.join('')}${indent}}`;
}

console.log('// SPDX-License-Identifier: GPL-3.0-or-later');
console.log('// Made by web/types.mjs from /api/v1/openapi.json.');
for (const [name, schema] of Object.entries(document.components.schemas))
    if (schema.properties && Object.keys(schema.properties).length)
        console.log(`\nexport interface ${name} ${members(schema)}`);

import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';
import { mockNode } from './mock/plugin';

// RECORD_SYNCD_NODE=http://127.0.0.1:9943 npm run dev: the page from here, the group from a real node; without it a group that is made up
const node = process.env['RECORD_SYNCD_NODE'];

export default defineConfig({
    plugins: [svelte(), ...(node ? [] : [mockNode()])],
    server: { host: '127.0.0.1', ...(node ? { proxy: { '/api': node } } : {}) },
    preview: { host: '127.0.0.1' },
    build: {
        target: 'es2022',
        // what a strict Content-Security-Policy allows: files of the node, nothing inline
        assetsInlineLimit: 0,
        modulePreload: { polyfill: false },
        reportCompressedSize: false,
    },
    test: { include: ['test/**/*.test.ts'], environment: 'node' },
});

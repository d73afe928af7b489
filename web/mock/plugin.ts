import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Plugin } from 'vite';
import { MockNode } from './node';

/** What a node promises its page may do; the page is developed under it. */
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Lets vite, in development and when it shows what was built, answer /api as a node would. */
export function mockNode(): Plugin {
    const serve = (node: MockNode, strict: boolean) => (request: IncomingMessage, response: ServerResponse, next: (fault?: unknown) => void) => {
        if (strict) response.setHeader('Content-Security-Policy', policy);
        node.handle(request, response).then((answered) => {
            if (!answered) next();
        }, next);
    };
    return {
        name: 'mock-node',
        configureServer: (server) => void server.middlewares.use(serve(new MockNode(), false)),
        configurePreviewServer: (server) => void server.middlewares.use(serve(new MockNode(), true)),
    };
}

import { writeWorksWith } from './interop/clients/works-with.ts';

// After `pnpm test:interop clients`: what has passed there goes into the README.
writeWorksWith();

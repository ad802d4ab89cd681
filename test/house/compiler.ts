import { createRequire } from 'node:module';
import type typescript from 'typescript';

export type {
  NamedExportBindings,
  NamedImportBindings,
  Node,
  SignatureDeclaration,
  SourceFile,
  StringLiteral,
} from 'typescript';

/** The TypeScript compiler. Required and not imported: Node would read its nine megabytes twice to find the exports. */
export const ts: typeof typescript = createRequire(import.meta.url)('typescript');

/** In CI, and with `--no-skip`, every outside tool must be there: a missing one is a failure. */
export const maySkip = process.env.CI === undefined && process.env.NAGARE_NO_SKIP === undefined;

/**
 * Installs an outside tool, or says why its tests are skipped.
 *
 * @returns what `install` gave, or undefined when it failed and skipping is allowed.
 */
export async function ifAvailable<T>(tool: string, install: () => Promise<T>): Promise<T | undefined> {
  try {
    return await install();
  } catch (error) {
    if (!maySkip) throw error;
    console.warn(`skipped: ${tool} is not available here: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

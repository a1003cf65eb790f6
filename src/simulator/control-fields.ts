/** A control request that cannot be obeyed: it names the field, and the router answers it as problem+json. */
export class ControlProblem extends Error {
  readonly status: number;
  readonly field: string | undefined;

  constructor(status: number, detail: string, field?: string) {
    super(detail);
    this.status = status;
    this.field = field;
  }
}

interface Bounds {
  min?: number;
  max?: number;
}

/** Reads a JSON object field by field and refuses what it is not asked for, so that a misspelt setting is noticed. */
export class ControlFields {
  readonly #source: Record<string, unknown>;
  readonly #path: string;
  readonly #known: string[] = [];

  constructor(source: unknown, path = '') {
    if (typeof source !== 'object' || source === null || Array.isArray(source)) {
      throw new ControlProblem(400, `${path || 'the body'} must be a JSON object`, path || undefined);
    }
    this.#source = source as Record<string, unknown>;
    this.#path = path;
  }

  text(name: string): string | undefined {
    const value = this.#read(name);
    if (value === undefined) return undefined;
    if (typeof value !== 'string' || value === '') throw this.#wrong(name, value, 'a text that is not empty');
    return value;
  }

  requiredText(name: string): string {
    return this.text(name) ?? this.#missing(name, 'a text');
  }

  number(name: string, { min = 0, max = Number.MAX_SAFE_INTEGER }: Bounds = {}): number | undefined {
    const value = this.#read(name);
    if (value === undefined) return undefined;
    if (typeof value !== 'number' || !(value >= min && value <= max)) {
      throw this.#wrong(name, value, `a number from ${min} to ${max}`);
    }
    return value;
  }

  integer(name: string, bounds: Bounds = {}): number | undefined {
    const value = this.number(name, bounds);
    if (value !== undefined && !Number.isInteger(value)) throw this.#wrong(name, value, 'a whole number');
    return value;
  }

  rate(name: string): number | undefined {
    return this.number(name, { min: 0, max: 1 });
  }

  flag(name: string): boolean | undefined {
    const value = this.#read(name);
    if (value !== undefined && typeof value !== 'boolean') throw this.#wrong(name, value, 'true or false');
    return value;
  }

  oneOf<T extends string>(name: string, allowed: readonly T[]): T {
    const value = this.#read(name);
    if (value === undefined) return this.#missing(name, `one of ${allowed.join(', ')}`);
    if (!(allowed as readonly unknown[]).includes(value))
      throw this.#wrong(name, value, `one of ${allowed.join(', ')}`);
    return value as T;
  }

  object(name: string): ControlFields | undefined {
    const value = this.#read(name);
    return value === undefined ? undefined : new ControlFields(value, this.#pathOf(name));
  }

  objects(name: string): ControlFields[] | undefined {
    const value = this.#read(name);
    if (value === undefined) return undefined;
    if (!Array.isArray(value)) throw this.#wrong(name, value, 'a list');
    return value.map((element, at) => new ControlFields(element, `${this.#pathOf(name)}[${at}]`));
  }

  /** To be called when every known field has been read. */
  refuseOthers(): void {
    const unknown = Object.keys(this.#source).find((name) => !this.#known.includes(name));
    if (unknown === undefined) return;
    const path = this.#pathOf(unknown);
    throw new ControlProblem(400, `${path} is not known here; known are ${this.#known.join(', ')}`, path);
  }

  /** The object as it came, for what is passed on untouched. */
  raw(): Record<string, unknown> {
    return this.#source;
  }

  #read(name: string): unknown {
    this.#known.push(name);
    return this.#source[name] ?? undefined;
  }

  #missing(name: string, wanted: string): never {
    throw new ControlProblem(
      400,
      `${this.#pathOf(name)} is missing; it must be ${wanted}`,
      this.#pathOf(name),
    );
  }

  #wrong(name: string, value: unknown, wanted: string): ControlProblem {
    const shown = JSON.stringify(value)?.slice(0, 80);
    return new ControlProblem(
      400,
      `${this.#pathOf(name)} is ${shown}; it must be ${wanted}`,
      this.#pathOf(name),
    );
  }

  #pathOf(name: string): string {
    return this.#path ? `${this.#path}.${name}` : name;
  }
}

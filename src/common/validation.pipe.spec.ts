import 'reflect-metadata';
import type { ArgumentMetadata } from '@nestjs/common';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsDate,
  IsInt,
  IsNumber,
  IsOptional,
  IsString,
  Min,
  ValidateNested,
} from 'class-validator';
import { describe, expect, it } from 'vitest';
import { DomainError } from './domain-error.js';
import { IgnoreUnknownFields, RequestValidationPipe } from './validation.pipe.js';

class Limits {
  @IsOptional()
  @IsNumber()
  @Min(1)
  perSecond?: number;
}

class Settings {
  @IsOptional()
  @IsString()
  accessToken?: string;
}

class Body {
  @IsString()
  name!: string;

  @IsOptional()
  @ValidateNested()
  @Type(() => Limits)
  limits?: Limits;

  @IsOptional()
  @ValidateNested()
  @Type(() => Settings)
  settings?: Settings;

  @IsOptional()
  @ValidateNested({ each: true })
  @Type(() => Limits)
  @ArrayMaxSize(100)
  many?: Limits[];

  @IsOptional()
  @IsString({ each: true })
  tags?: string[];

  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  limit?: number;

  @IsOptional()
  @Type(() => Date)
  @IsDate()
  until?: Date;
}

@IgnoreUnknownFields()
class OldBody {
  @IsInt()
  @Type(() => Number)
  size!: number;
}

describe('RequestValidationPipe', () => {
  const pipe = new RequestValidationPipe();
  const check = (value: unknown, metatype: ArgumentMetadata['metatype'] = Body) =>
    pipe.transform(value, { type: 'body', metatype });
  const faultsOf = async (value: unknown) => {
    const error: unknown = await check(value).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DomainError);
    expect(error).toMatchObject({ kind: 'invalid', code: 'validation_failed' });
    return (error as DomainError).details.errors ?? [];
  };

  it('gives back an instance of the class', async () => {
    const body = await check({ name: 'ventas', limits: { perSecond: 80 } });
    expect(body).toBeInstanceOf(Body);
    expect((body as Body).limits).toBeInstanceOf(Limits);
  });

  it('points into nested objects and shows the value that was there', async () => {
    expect(await faultsOf({ name: 'ventas', limits: { perSecond: 'abc' } })).toEqual([
      { pointer: '/limits/perSecond', detail: expect.stringMatching(/^perSecond "abc" must /) },
    ]);
  });

  it('points at the item of a list', async () => {
    const faults = await faultsOf({ name: 'ventas', many: [{}, { perSecond: 0 }] });
    expect(faults).toEqual([{ pointer: '/many/1/perSecond', detail: 'perSecond 0 must not be less than 1' }]);
  });

  it('says that a field is missing', async () => {
    expect(await faultsOf({})).toEqual([
      { pointer: '/name', detail: 'name is missing: it must be a string' },
    ]);
  });

  it('names every wrong field', async () => {
    const faults = await faultsOf({ name: 7, tags: [1], limits: { perSecond: -1 } });
    expect(faults.map((fault) => fault.pointer).toSorted()).toEqual(['/limits/perSecond', '/name', '/tags']);
  });

  it('shows what was sent and not what became of it, and the gravest fault alone', async () => {
    expect(await faultsOf({ name: 'ventas', limit: 'abc', until: 'never' })).toEqual([
      { pointer: '/limit', detail: 'limit "abc" must be an integer number' },
      { pointer: '/until', detail: 'until "never" must be a Date instance' },
    ]);
  });

  it('does not repeat secrets', async () => {
    const [fault] = await faultsOf({ name: 'ventas', settings: { accessToken: 123_456 } });
    expect(fault).toEqual({ pointer: '/settings/accessToken', detail: 'accessToken must be a string' });
  });

  it('refuses fields that it does not know, and escapes their names', async () => {
    expect(await faultsOf({ name: 'ventas', 'a/b': 1 })).toEqual([
      { pointer: '/a~1b', detail: 'a/b is not a field of this request' },
    ]);
  });

  it('drops unknown fields where the class says so', async () => {
    expect(await check({ size: '3', extra: true }, OldBody)).toEqual({ size: 3 });
  });

  it('lists only the first of many faults and says how many there are', async () => {
    const error: unknown = await check({
      name: 'ventas',
      many: Array.from({ length: 90 }, () => ({ perSecond: 'x' })),
    }).catch((thrown: unknown) => thrown);
    expect((error as DomainError).details.errors).toHaveLength(50);
    expect((error as DomainError).message).toContain('90 fields are wrong');
  });
});

/* Types of the operations, from the document of the API (schema.d.ts is made from api/openapi.json). */
import type { components, paths } from "./schema";

export type Schema = components["schemas"];
export type Method = "get" | "put" | "post" | "delete";
type Json<R> = R extends { content: { "application/json": infer T } } ? T : undefined;
type Good<R> = R extends { 200: infer T } ? Json<T> : R extends { 201: infer T } ? Json<T> : undefined;

export type Operation<P extends keyof paths, M extends Method> = NonNullable<paths[P][M]>;
export type Result<O> = O extends { responses: infer R } ? Good<R> : never;
export type Body<O> = O extends { requestBody?: infer B } ? Json<NonNullable<B>> : undefined;

type PathsWith<M extends Method> = {
  [P in keyof paths]: paths[P] extends Record<M, unknown> ? P : never;
}[keyof paths];
export type Path<M extends Method> = PathsWith<M> & string;

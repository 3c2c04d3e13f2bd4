import { Component, type FunctionComponent, type RenderableProps } from "preact";

/* A component that is drawn again only if a property is another one. */
export function memo<P extends object>(draw: FunctionComponent<P>) {
  return class extends Component<P> {
    override shouldComponentUpdate(next: P) {
      return (Object.keys(next) as (keyof P)[]).some((k) => next[k] !== this.props[k]);
    }
    override render(props: RenderableProps<P>) {
      return draw(props);
    }
  };
}

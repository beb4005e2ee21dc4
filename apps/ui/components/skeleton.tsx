type Props = { readonly width?: string; readonly height?: string; readonly ratio?: string };

/** Where something will be, in its very size, so that nothing moves when it comes. */
export const Skeleton = ({ width = "100%", height = "1em", ratio }: Props) => (
  <span className="skeleton" aria-hidden="true" style={ratio ? { width, aspectRatio: ratio } : { width, height }} />
);

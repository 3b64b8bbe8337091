import type { ReactNode } from 'react';

/** One of the boxes beside a ticket. */
export function Part({ title, children, action }: { title: string; children: ReactNode; action?: ReactNode }) {
  return (
    <section className="side-part">
      <header>
        <h2>{title}</h2>
        {action}
      </header>
      {children}
    </section>
  );
}

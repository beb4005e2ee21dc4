-- Slugs and SKUs are collated "C": compared byte by byte, alike here and in the code.
create table categories (
  slug   text collate "C" primary key,
  name   text not null,
  -- The names from the root down: 'Home > Kitchen'.
  path   text not null,
  parent text collate "C" references categories
);
create index categories_parent on categories (parent);

create table products (
  product_id  uuid primary key,
  slug        text collate "C" not null unique,
  title       text not null,
  description text not null,
  category    text collate "C" not null references categories,
  brand       text,
  attributes  jsonb not null,
  status      text not null check (status in ('active', 'archived')),
  -- Counted from 1; also the sequence of the product's events.
  version     integer not null check (version > 0),
  created_at  timestamptz not null,
  updated_at  timestamptz not null,
  -- What it is found by: title and SKUs before brand before description.
  words       tsvector not null
);
create index products_newest on products (created_at desc, product_id desc) where status = 'active';
create index products_category on products (category) where status = 'active';
create index products_words on products using gin (words);

create table variants (
  sku          text collate "C" primary key,
  product_id   uuid not null references products,
  -- Its place in the product, from 0.
  position     integer not null,
  title        text not null,
  options      jsonb not null,
  amount       bigint not null check (amount >= 0),
  currency     char(3) not null,
  weight_grams integer not null check (weight_grams >= 0),
  tax_class    text not null check (tax_class in ('standard', 'reduced', 'zero')),
  image        text
);
create index variants_product on variants (product_id, position);

-- What inventory last said, also of SKUs that are not in the catalogue yet.
create table stock (
  sku       text collate "C" primary key,
  available integer not null,
  sequence  integer not null
);

create view product_documents as
  select p.product_id as id, p.slug, p.title, p.description, c.path as category, p.category as category_slug, p.brand, p.attributes,
    p.status, p.version, p.created_at, p.updated_at,
    (select json_agg(json_strip_nulls(json_build_object(
        'sku', v.sku, 'title', v.title, 'options', v.options, 'price', json_build_object('amount', v.amount, 'currency', v.currency),
        'weightGrams', v.weight_grams, 'taxClass', v.tax_class, 'image', v.image,
        'available', coalesce(s.available, 0), 'inStock', coalesce(s.available, 0) > 0)) order by v.position)
      from variants v left join stock s using (sku) where v.product_id = p.product_id) as variants
  from products p join categories c on c.slug = p.category;

-- An instant inside JSON, as everywhere else in Souk.
create function iso(at timestamptz) returns text language sql immutable as $$
  select to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');
$$;

-- Categories have an order among their siblings, and say what their products say of themselves: [{name, type, …}].
alter table categories add column position integer not null default 0;
alter table categories add column attributes jsonb;

-- A brand is there from its first product on; it keeps its slug when it is renamed.
create table brands (
  slug        text collate "C" primary key,
  name        text not null unique,
  description text not null default '',
  website     text
);
-- Null: a name without a letter or digit.
alter table products add column brand_slug text collate "C";
-- Of what is there, the names that are plain; another is added when its product is next written.
insert into brands (slug, name)
  select distinct on (slug) slug, brand from (
    select trim(both '-' from lower(regexp_replace(brand, '[^a-zA-Z0-9]+', '-', 'g'))) as slug, brand from products where brand ~ '^[ -~]+$'
  ) b where slug <> '' order by slug, brand;
update products set brand = b.name, brand_slug = b.slug from brands b
  where b.slug = trim(both '-' from lower(regexp_replace(products.brand, '[^a-zA-Z0-9]+', '-', 'g')));
create index products_of_brand on products (brand_slug) where status = 'active';

-- What the variants differ in: [{name, values}]; null when nobody said.
alter table products add column options jsonb;

-- Pictures by their content: the same bytes are kept once, and what is at an address never changes.
create table images (
  image_id   text collate "C" primary key,
  media_type text not null,
  width      integer not null check (width > 0),
  height     integer not null check (height > 0),
  bytes      bytea not null
);
-- Pictures are compressed already.
alter table images alter column bytes set storage external;

create table product_images (
  product_id uuid not null references products,
  image_id   text collate "C" not null references images,
  position   integer not null,
  alt        text,
  primary key (product_id, image_id)
);
create index product_images_of_image on product_images (image_id);

create table related_products (
  product_id uuid not null references products,
  related_id uuid not null references products,
  kind       text not null check (kind in ('related', 'accessory', 'alternative')),
  position   integer not null,
  primary key (product_id, related_id),
  check (product_id <> related_id)
);

-- Products that changed without having been written: what they belong to was renamed or moved. A task tells them anew.
create table untold (product_id uuid primary key references products);

drop view product_documents;
create view product_documents as
  select p.product_id as id, p.slug, p.title, p.description, c.path as category, p.category as category_slug, p.brand, p.brand_slug,
    p.attributes, p.options, p.status, p.version, p.created_at, p.updated_at,
    (select json_agg(json_strip_nulls(json_build_object(
        'id', i.image_id, 'url', '/v1/images/' || i.image_id, 'alt', g.alt, 'width', i.width, 'height', i.height)) order by g.position)
      from product_images g join images i using (image_id) where g.product_id = p.product_id) as images,
    (select json_agg(json_strip_nulls(json_build_object(
        'sku', v.sku, 'title', v.title, 'options', v.options, 'price', json_build_object('amount', v.amount, 'currency', v.currency),
        'weightGrams', v.weight_grams, 'taxClass', v.tax_class, 'image', v.image,
        'available', coalesce(s.available, 0), 'inStock', coalesce(s.available, 0) > 0)) order by v.position)
      from variants v left join stock s using (sku) where v.product_id = p.product_id) as variants
  from products p join categories c on c.slug = p.category;

-- These look up some hundred rows by their keys, among millions. How few they are PostgreSQL cannot know: it takes what comes out of JSON for a
-- hundred thousand rows, and would read whole tables for each page that is told.
alter function put_products(json, integer) set enable_hashjoin = off;
alter function put_products(json, integer) set enable_mergejoin = off;
alter function put_products(json, integer) set enable_seqscan = off;
alter function put_stock(json, integer) set enable_hashjoin = off;
alter function put_stock(json, integer) set enable_mergejoin = off;
alter function put_stock(json, integer) set enable_seqscan = off;

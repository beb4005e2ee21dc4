import { Badge, Button, Dialog, Empty, Notice, Skeleton, useToast } from "@souk/ui";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { MapPin, Plus } from "lucide-react";
import { type FormEvent, useRef, useState } from "react";
import { type Address, addressesQuery } from "../api/addresses.ts";
import { api } from "../api/client.ts";
import { useSignedIn } from "../api/session.ts";
import { likelyCountry } from "../api/shipping.ts";
import { AccountFrame } from "../components/account-frame.tsx";
import { AddressFields, addressOf, checkAddress, emptyAddress } from "../components/address-fields.tsx";
import { explain, Failed } from "../components/failed.tsx";
import { PostalAddress } from "../components/postal-address.tsx";
import { focusFirstError, useFields } from "../components/use-fields.ts";
import { useWords } from "../i18n/index.tsx";

export default function AddressesPage() {
  return (
    <AccountFrame part="account.addresses">
      <Addresses />
    </AccountFrame>
  );
}

function Addresses() {
  const words = useWords();
  const { t } = words;
  const client = useQueryClient();
  const toast = useToast();
  const signedIn = useSignedIn();
  const { data, error, refetch } = useQuery({ ...addressesQuery, enabled: signedIn });
  const [edited, setEdited] = useState<Address | "new">();
  const prefer = useMutation({
    mutationFn: (addressId: string) =>
      api.users.updateAddress({ params: { addressId }, body: { defaultShipping: true, defaultBilling: true } }),
    onSuccess: () => client.invalidateQueries({ queryKey: addressesQuery.queryKey }),
    onError: (refused) => toast({ text: explain(words, refused), tone: "bad" }),
  });
  const remove = useMutation({
    mutationFn: (addressId: string) => api.users.removeAddress({ params: { addressId } }),
    onSuccess: () => client.invalidateQueries({ queryKey: addressesQuery.queryKey }),
    onError: (refused) => toast({ text: explain(words, refused), tone: "bad" }),
  });
  if (!data && error) return <Failed error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton height="9rem" />;
  return (
    <>
      {data.length === 0 && (
        <Empty icon={<MapPin size={44} aria-hidden="true" />} title={t("addresses.none.title")} level="h2">
          <p>{t("addresses.none.text")}</p>
          <Button kind="primary" onClick={() => setEdited("new")}>
            <Plus size={18} aria-hidden="true" /> {t("addresses.add")}
          </Button>
        </Empty>
      )}
      <ul className="addresses">
        {data.map((address) => (
          <li key={address.id} className="card stack">
            <PostalAddress address={address} />
            {(address.defaultShipping || address.defaultBilling) && (
              <div className="row">
                {address.defaultShipping && <Badge tone="accent">{t("addresses.default")}</Badge>}
                {address.defaultBilling && <Badge>{t("addresses.defaultBilling")}</Badge>}
              </div>
            )}
            <div className="row">
              {!address.defaultShipping && (
                <Button
                  size="small"
                  busy={prefer.isPending && prefer.variables === address.id}
                  onClick={() => prefer.mutate(address.id)}
                >
                  {t("addresses.makeDefault")}
                </Button>
              )}
              <Button size="small" onClick={() => setEdited(address)}>
                {t("addresses.edit")}
              </Button>
              <Button
                size="small"
                kind="quiet"
                busy={remove.isPending && remove.variables === address.id}
                onClick={() => remove.mutate(address.id)}
              >
                {t("addresses.remove")}
              </Button>
            </div>
          </li>
        ))}
      </ul>
      {data.length > 0 && (
        <div>
          <Button onClick={() => setEdited("new")}>
            <Plus size={18} aria-hidden="true" /> {t("addresses.add")}
          </Button>
        </div>
      )}
      {edited && (
        <Dialog
          title={t(edited === "new" ? "addresses.add" : "addresses.edit")}
          closeLabel={t("close")}
          onClose={() => setEdited(undefined)}
        >
          <Form address={edited === "new" ? undefined : edited} done={() => setEdited(undefined)} />
        </Dialog>
      )}
    </>
  );
}

function Form({ address, done }: { readonly address: Address | undefined; readonly done: () => void }) {
  const words = useWords();
  const client = useQueryClient();
  const form = useRef<HTMLFormElement>(null);
  const initial = emptyAddress(likelyCountry());
  const { name, line1, line2 = "", city, region = "", postalCode, country } = address ?? initial;
  const fields = useFields({ name, line1, line2, city, region, postalCode, country }, checkAddress(words));
  const save = useMutation({
    mutationFn: () => {
      const body = addressOf(fields.values);
      return address
        ? api.users.updateAddress({ params: { addressId: address.id }, body })
        : api.users.addAddress({ body });
    },
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: addressesQuery.queryKey });
      done();
    },
    onError: (error) => fields.refuse(error),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!fields.isComplete()) focusFirstError(form.current);
    else if (!save.isPending) save.mutate();
  };
  return (
    <form className="stack" ref={form} onSubmit={submit} noValidate>
      {save.error && <Notice tone="bad">{explain(words, save.error)}</Notice>}
      <AddressFields fields={fields} purpose="shipping" />
      <Button type="submit" kind="primary" busy={save.isPending}>
        {words.t("addresses.save")}
      </Button>
    </form>
  );
}

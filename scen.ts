import { Pool } from "undici";
import { readFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { cpuMsOf } from "./cli/bench/processes.ts";
const status = JSON.parse(execFileSync(process.execPath, ["/tmp/pw/cli/main.ts","status","--json"],{env:process.env}).toString()) as {name:string,pid:number,port:number}[];
const roots = new Map(status.map(s=>[s.pid,s.name]));
const base = "http://127.0.0.1:8090";
const pool = new Pool(base,{connections:32});
async function send(method:string,path:string,body:unknown,headers:Record<string,string>={}){const a=await pool.request({method:method as "GET",path,...(body===undefined?{}:{body:JSON.stringify(body)}),headers:{"content-type":"application/json",...headers}});const t=await a.body.text();return{status:a.statusCode,body:t}}
const products=JSON.parse((await send("GET","/v1/products?limit=20",undefined)).body).data;
const skus=products.flatMap((p:any)=>p.variants.map((v:any)=>v.sku)) as string[];
const currency=products[0].variants[0].price.currency;
const token=JSON.parse((await send("POST","/v1/payment-tokens",{number:"4242424242424242",expMonth:12,expYear:2030,cvc:"123"})).body).token;
const shippingAddress = { name: "Bench", line1: "1 Street", city: "Town", postalCode: "10115", country: "DE" };
const cart=async()=>JSON.parse((await send("POST","/v1/carts",{currency})).body);
const one=await cart();
let turn=0;
const put=async(c:any)=>{const r=await send("PUT",`/v1/carts/${c.id}/items/${skus[turn++%skus.length]}`,{quantity:1},{"x-cart-token":c.cartToken});if(r.status!==200)throw new Error(r.body)};
const checkout=async(c:any)=>{const r=await send("POST",`/v1/carts/${c.id}/checkout`,{email:"b@example.com",shippingAddress,shippingMethod:"standard",paymentToken:token},{"x-cart-token":c.cartToken,"idempotency-key":randomUUID(),prefer:"wait=10"});if(r.status!==201)throw new Error(r.body)};
const scenarios:Record<string,()=>Promise<unknown>>={
 live:()=>send("GET","/health",undefined),
 getcart:async()=>{const r=await send("GET",`/v1/carts/${one.id}`,undefined,{"x-cart-token":one.cartToken});if(r.status!==200)throw new Error(r.body)},
 newcart:cart,
 cartput:async()=>{const c=await cart();await put(c);await put(c)},
 order:async()=>{const c=await cart();await put(c);await put(c);await checkout(c)},
};
const conc=Number(process.argv[3]??32),secs=Number(process.argv[4]??8);
for(const name of process.argv[2]!.split(",")){
 const f=scenarios[name]!;
 for(const [warm,s] of [[true,4],[false,secs]] as const){
  const before=await cpuMsOf(roots);const t=performance.now();let n=0;
  await Promise.all(Array.from({length:conc},async()=>{while(performance.now()<t+s*1000){await f();n++}}));
  const el=(performance.now()-t)/1000;const after=await cpuMsOf(roots);
  if(warm)continue;
  const per=[...after].map(([k,v])=>[k,(v-(before.get(k)??0))/n] as const).filter(x=>x[1]>0.01).sort((a,b)=>b[1]-a[1]);
  console.log(name,(n/el).toFixed(0)+"/s","total",per.reduce((a,b)=>a+b[1],0).toFixed(2),"ms:",per.map(([k,v])=>`${k} ${v.toFixed(2)}`).join("  "));
 }
}
await pool.close();

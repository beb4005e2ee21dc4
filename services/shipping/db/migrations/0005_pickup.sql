-- What is picked up waits until somebody comes for it; until now the simulated carrier took it along.
update carrier_parcels c set next_at = null
from shipments s where s.tracking_number = c.tracking_number and s.method = 'pickup' and c.status = 'created';

select m.sender as member, lower(m.body) as topic, s.words as searched
from {{ ref('raw_messages') }} as m
join {{ ref('raw_searches') }} as s on s.member = m.sender

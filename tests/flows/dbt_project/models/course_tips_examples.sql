select member, topic, searched from {{ ref('topics') }}

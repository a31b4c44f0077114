"""CSV files: `writing` makes files that spreadsheets open safely, `reading` reads what people upload."""

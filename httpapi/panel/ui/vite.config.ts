import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// Names carry no digest: the server puts the digest of all files into their path, so a build changes only what it changes.
export default defineConfig({
  base: './',
  plugins: [react()],
  build: {
    outDir: '../dist',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    reportCompressedSize: false,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        entryFileNames: 'panel.js',
        // What later parts share stays in the first file instead of making one more request.
        codeSplitting: { groups: [{ name: 'panel', test: (id: string) => !/\/src\/(pages|settings|later)\/|\/src\/text\/(events|more|lead|overview)|node_modules\/uplot/.test(id) }] },
        chunkFileNames: '[name].js',
        assetFileNames: 'panel[extname]',
      },
    },
  },
});

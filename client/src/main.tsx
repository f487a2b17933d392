import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app/app';
import { startI18n } from './i18n';
import { session } from './lib/api';
import './styles.css';

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');

await Promise.all([startI18n(), session.reload()]);
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
